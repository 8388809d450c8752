"""The answer to a tap brings along whatever else of Today it changes: the ring, the sum of its group, the strip, the bell."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from gamification import achievements
from gamification.models import Achievement
from habits import checkins, fast_check_in, other_habits, pauses
from habits.checkins import CheckInRequest
from habits.models import Habit, UserHabit
from habits.other_habits import MOST_ROWS
from habits.pages import today
from tests.clock import NOW
from tests.factories.habits import HabitFactory, UserHabitFactory
from tests.factories.rest import NotificationFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def habits(person):
    """One of each kind, in two groups of the person's own and in parts of the day."""
    Achievement.objects.update(is_active=False)
    achievements.forget_catalogue()
    weekday = person.calendar.day_of(NOW).isoweekday()
    kinds = [
        {},
        {"target_count": 3, "part_of_day": "morning"},
        {"direction": "at_most", "target_count": 2, "unit": "잔"},
        {"target_frequency": "weekly", "schedule": {"times": 3}, "group_name": "밤"},
        {"target_frequency": "custom", "schedule": {"kind": "weekdays", "days": [weekday % 7 + 1]}},
        {"target_frequency": "custom", "schedule": {"kind": "week_total"}, "target_count": 20, "unit": "쪽"},
        {"group_name": "밤", "custom_name": "물 마시기"},
        {"status": "paused"},
        {"status": "archived", "counted_on": person.calendar.day_of(NOW), "counted": 1},
    ]
    own = [HabitFactory(owner=person, name=f"내 습관 {number}") for number in range(2)]
    templates = [*own, *Habit.objects.in_catalogue()[: len(kinds) - 2]]
    made = [
        UserHabitFactory(user=person, habit=habit, started_at=NOW - 20 * DAY, sort_order=number, **kind)
        for number, (habit, kind) in enumerate(zip(templates, kinds, strict=True))
    ]
    for ago in (3, 1, 0):
        at = NOW - ago * DAY
        for habit in made[:2]:
            checkins.check_in(person, habit.pk, key=uuid7(), at=at, now=at)
    return made


def tap(client, habit, deed="check-in", **headers):
    sent = {"key": str(uuid7()), "count": "1"} if deed == "check-in" else {}
    return client.post(
        f"/today/{habit.pk}/{deed}/", sent, headers={"HX-Request": "true", "HX-Target": f"row-{habit.pk}"} | headers
    )


def parts(html: str) -> dict[str, str]:
    """The out-of-band parts by their id, without the time at which they were made."""
    html = re.sub(r' data-at="\d+"', "", html)
    found = re.findall(r'<(\w+)([^>]*id="([\w-]+)"[^>]*hx-swap-oob="true"[^>]*>.*?</\1>)', html, re.S)
    return {name: body for _tag, body, name in found}


def now_shown(client) -> dict[str, str]:
    return parts(client.get("/today/around/", headers={"HX-Request": "true"}).content.decode())


@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("deed", ["check-in", "undo"])
def test_the_answer_has_what_the_page_would_show_after_it(signed_in, person, habits, deed, number):
    habit = habits[number]
    pauses.skip(person, habits[2].pk, day=person.calendar.day_of(NOW), at=NOW)
    NotificationFactory(user=person)
    if deed == "undo":
        tap(signed_in, habit)

    response = tap(signed_in, habit, deed)

    told, shown = parts(response.content.decode()), now_shown(signed_in)
    assert {"day", "week-today", "bell"} < set(told)
    assert told == {name: shown[name] for name in told}
    assert len(told) == 4
    assert "HX-Trigger" not in response.headers


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_answer_is_in_the_language_of_the_page_and_only_english_reads_translations(
    signed_in, person, habits, language
):
    person.language = language
    person.save()
    template = habits[3].habit

    with CaptureQueriesContext(connection) as asked:
        answer = tap(signed_in, habits[3]).content.decode()

    assert (template.name if language == "ko" else template.translations["en"]["name"]) in answer
    assert any('."translations"' in one["sql"] or "template.translations" in one["sql"] for one in asked) == (
        language == "en"
    )
    assert parts(answer).items() <= now_shown(signed_in).items()


def test_a_check_in_stored_offline_is_answered_with_its_row_only(signed_in, habits):
    response = tap(signed_in, habits[0], **{"HX-Target": ""})

    assert parts(response.content.decode()) == {}


def test_an_amount_is_answered_like_a_tap_and_closes_its_dialog(signed_in, habits):
    habit = habits[1]
    where = {"HX-Request": "true", "HX-Target": "dialog", "HX-Current-URL": "http://testserver/today/"}

    response = signed_in.post(f"/today/{habit.pk}/total/", {"key": str(uuid7()), "total": "3"}, headers=where)

    shown = now_shown(signed_in)
    told = parts(response.content.decode())
    assert told == {name: shown[name] for name in told}
    assert "day" in told
    assert (response.headers["HX-Retarget"], response.headers["HX-Reswap"]) == (f"#row-{habit.pk}", "outerHTML")
    assert f'id="row-{habit.pk}"' in response.content.decode()


def test_with_more_rows_the_page_is_folded_and_asks_for_its_sums_later(signed_in, person):
    habits = [UserHabitFactory(user=person, started_at=NOW - 3 * DAY) for _number in range(MOST_ROWS + 1)]
    tap(signed_in, habits[0])

    response = tap(signed_in, habits[1])

    assert parts(response.content.decode()) == {}
    assert response.headers["HX-Trigger"] == "stale"
    assert "day" in now_shown(signed_in)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_folded_group_is_opened_by_its_link(signed_in, person, headers):
    for number in range(MOST_ROWS + 1):
        UserHabitFactory(user=person, part_of_day="morning" if number % 2 else "evening", sort_order=number)
    page = signed_in.get("/today/").content.decode()
    links = re.findall(r'href="(/today/\?open=(\w+))', page)

    opened = {key: signed_in.get(link, headers=headers).content.decode() for link, key in links}

    assert page.count('class="habit ') == today.SHOWN_FOLDED
    assert set(opened) == {"morning", "evening"}
    shown = {key: len(re.findall('class="habit ', html)) for key, html in opened.items()}
    if headers:
        assert shown == {"morning": 15, "evening": 16}
        assert all("<html" not in html for html in opened.values())
    else:
        assert min(shown.values()) >= 15


def facts(others, *, day, rests) -> tuple:
    return (
        others.active,
        others.last_on,
        others.reduces,
        others.is_logged_after(day),
        [others.all_done_on(day, count=count, rests=rests) for count in (0, 1)],
    )


@pytest.mark.parametrize("done", [0, 2, 7])
@pytest.mark.parametrize("rests", [False, True])
def test_habits_that_are_alike_are_added_up_to_the_same_facts(person, habits, done, rests):
    day = person.calendar.day_of(NOW)
    for habit in habits[1 : 1 + done]:
        UserHabit.objects.filter(pk=habit.pk).update(counted_on=day, counted=3, total_completions=5)
    for habit in habits[2 : 5 if rests else 2]:
        pauses.skip(person, habit.pk, day=day, at=NOW)

    read = {
        wants_rows: fast_check_in.read(
            CheckInRequest(person, habits[0].pk, uuid7(), NOW, day, day, wants_rows=wants_rows)
        ).context
        for wants_rows in (False, True)
    }

    assert read[True].rows is not None
    assert read[False].rows is None
    assert facts(read[True].others, day=day, rests=read[True].rests) == facts(
        read[False].others, day=day, rests=read[False].rests
    )


def test_rests_that_were_not_read_are_not_guessed(person, habits):
    """A habit that was not rolled over for days is read with its own rests, by the page's statement."""
    day = person.calendar.day_of(NOW)
    UserHabit.objects.filter(pk=habits[1].pk).update(streak_through=day - 5 * DAY)
    request = CheckInRequest(person, habits[0].pk, uuid7(), NOW, day, day, wants_rows=True)

    assert fast_check_in.read(request).context.rows is None
    outcome = checkins.check_in(person, habits[0].pk, key=uuid7(), at=NOW, now=NOW, wants_rows=True)
    assert today.around(outcome, now=NOW) == today.around_all(person, now=NOW) | {
        "groups": today.around(outcome, now=NOW)["groups"]
    }


def test_only_as_many_rows_are_read_as_an_answer_can_show(person):
    for _number in range(MOST_ROWS):
        UserHabitFactory(user=person)
    habit = UserHabitFactory(user=person)
    checkins.check_in(person, habit.pk, key=uuid7(), at=NOW, now=NOW)
    day = person.calendar.day_of(NOW)

    context = fast_check_in.read(CheckInRequest(person, habit.pk, uuid7(), NOW, day, day, wants_rows=True)).context

    assert context.rows is None
    # All are alike: one row.
    assert (context.others.active, len(context.others.alike)) == (MOST_ROWS, 1)
    assert isinstance(context.others, other_habits.OtherHabits)
