"""A past day is filled in from Today's strip, and has the same share there, on its page and in the insights."""

import datetime as dt

import pytest
from uuid6 import uuid7

from analytics.pages import insights
from habits import corrections, pauses
from habits.models import HabitLog
from habits.pages import past_day, today
from tests.factories.habits import UserHabitFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shares_health")]

DAY = dt.timedelta(days=1)
# A Sunday in Seoul: the whole week is over.
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SUNDAY = dt.date(2026, 3, 1)
FRIDAY = SUNDAY - 2 * DAY


def habit_of(person, name, **rule):
    return UserHabitFactory(
        user=person, custom_name=name, started_at=NOW - 30 * DAY, started_on=SUNDAY - 30 * DAY, **rule
    )


def log(habit, day, count=1):
    corrections.add(habit.user, habit.pk, key=uuid7(), day=day, count=count, now=NOW)


def strip(person):
    return {day["day"]: day for day in today.page(person, now=NOW)["week"]}


def test_a_perfect_day_is_a_full_drop_whatever_a_weekly_or_an_at_most_habit_did(person):
    walk = habit_of(person, "걷기")
    habit_of(person, "달리기", target_frequency="weekly", schedule={"times": 3})
    habit_of(person, "커피", target_count=2, direction="at_most")
    log(walk, FRIDAY)

    assert strip(person)[FRIDAY]["share"] == 1
    assert past_day.page(person, FRIDAY, today=SUNDAY)["sum"] == "2개 중 2개 했어요"
    rings = insights.page_of_all(person, now=NOW)["week"]["days"]
    assert rings[4]["text"] == "2/2"


def test_today_counts_the_same_in_the_ring_the_strip_and_the_insights(person):
    walk = habit_of(person, "걷기")
    habit_of(person, "책")
    habit_of(person, "커피", target_count=2, direction="at_most")
    log(walk, SUNDAY)

    page = today.page(person, now=NOW)

    assert (page["ring"]["done"], page["ring"]["total"]) == (1, 2)
    assert strip(person)[SUNDAY]["share"] == 0.5
    assert insights.page_of_all(person, now=NOW)["week"]["days"][6]["text"] == "1/2"


def test_a_weekly_habit_is_asked_for_by_no_day_until_it_is_done(person):
    walk, run = habit_of(person, "걷기"), habit_of(person, "달리기", target_frequency="weekly", schedule={"times": 3})
    log(walk, SUNDAY)
    before = today.page(person, now=NOW)["ring"]
    log(run, SUNDAY)

    after = today.page(person, now=NOW)["ring"]

    assert (before["done"], before["total"]) == (1, 1)
    assert (after["done"], after["total"]) == (2, 2)


def test_the_days_before_the_first_habit_are_blank_and_lead_nowhere(person):
    UserHabitFactory(user=person, started_at=NOW - 2 * DAY, started_on=FRIDAY)

    week = strip(person)

    thursday = week[FRIDAY - DAY]
    assert (thursday["state"], thursday["url"]) == ("before", "")
    assert thursday["label"] == "2월 26일 목요일, 시작하기 전이에요"
    assert week[FRIDAY]["url"] == f"/today/days/{FRIDAY}/"


def test_a_newcomer_has_rested_on_no_day(person):
    assert {day["state"] for day in today.page(person, now=NOW)["week"]} == {"before", "today"}


def test_a_day_is_filled_in_with_one_button_and_comes_back_to_its_list(signed_in, person):
    now = dt.datetime.now(dt.UTC)
    yesterday = person.calendar.day_of(now) - DAY
    water = UserHabitFactory(
        user=person,
        custom_name="물",
        target_count=8,
        unit="잔",
        started_at=now - 9 * DAY,
        started_on=yesterday - 8 * DAY,
    )
    corrections.add(person, water.pk, key=uuid7(), day=yesterday, count=5, now=now)
    here = f"/today/days/{yesterday}/"
    (item,) = signed_in.get(here).context["items"]
    assert (item["text"], item["fill_text"], item["left"]) == ("8잔 중 5잔", "3잔 더하기", 3)

    answer = signed_in.post(item["fill_url"], {"key": item["key"], "count": item["left"], "from": "day"}, follow=True)

    assert answer.redirect_chain == [(here, 302)]
    (item,) = answer.context["items"]
    assert (item["reason"], item["fill_url"]) == ("done", "")
    assert sum(HabitLog.objects.values_list("completed_count", flat=True)) == 8


def test_a_day_says_what_rested_what_is_free_and_what_is_empty(person):
    book, _walk = habit_of(person, "책"), habit_of(person, "걷기")
    habit_of(person, "달리기", target_frequency="weekly", schedule={"times": 3})
    pauses.skip(person, book.pk, day=FRIDAY, at=NOW)

    items = past_day.page(person, FRIDAY, today=SUNDAY)["items"]

    assert {item["name"]: item["reason"] for item in items} == {"책": "rested", "걷기": "missed", "달리기": "not_due"}


def test_a_habit_that_began_later_is_not_of_that_day(person):
    UserHabitFactory(user=person, started_at=NOW, started_on=SUNDAY)

    assert past_day.page(person, FRIDAY, today=SUNDAY)["items"] == []


def test_today_and_days_to_come_have_other_addresses(signed_in, person):
    day = person.calendar.day_of(dt.datetime.now(dt.UTC))

    assert signed_in.get(f"/today/days/{day}/").headers["Location"] == "/today/"
    assert signed_in.get(f"/today/days/{day + DAY}/").status_code == 404
