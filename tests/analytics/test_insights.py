"""The insights pages: what they show, for whom, in which time zone, and at what cost."""

import datetime as dt
import re
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from uuid6 import uuid7

from analytics import queries
from analytics.pages import insights
from habits import archiving, checkins, corrections, pauses
from habits.check_in_details import Details
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import UserSubscriptionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shares_health")]

DAY = dt.timedelta(days=1)
WEEK = 7 * DAY
# Noon in Seoul on a Wednesday.
NOW = dt.datetime(2026, 11, 18, 3, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, custom_name="책 읽기", started_at=NOW - 60 * DAY)


def did(habit, *days_ago, at=NOW, **details):
    for days in days_ago:
        day = at - days * DAY
        checkins.check_in(habit.user, habit.pk, key=uuid7(), at=day, now=day, details=Details(**details))


def of_all(person, **asked):
    return insights.page_of_all(person, now=NOW, **asked)


def of_one(habit, **asked):
    return insights.page_of_habit(habit.user, habit, now=NOW, **asked)


def told(context, day):
    """A day of the year map with its words: "11월 17일 했어요"."""
    svg = context["year"]["svg"]
    first = dt.date.fromisoformat(re.search('data-from="(.*?)"', svg)[1])
    return f"{day.month}월 {day.day}일 {re.findall('<title>(.*?)</title>', svg)[(day - first).days]}"


def test_the_pages_show_what_was_done(signed_in, habit):
    at = dt.datetime.now(dt.UTC)
    habit.started_at, habit.started_on = at - 5 * DAY, (at - 5 * DAY).date()
    habit.save()
    did(habit, 1, 0, at=at, mood=8)

    page, own = (signed_in.get(path).content.decode() for path in ("/insights/", f"/insights/{habit.pk}/"))

    assert all(text in page for text in ("통계", "책 읽기", "1개 중 1개", "28일 중 "))
    assert all(text in own for text in ("이제 막 시작했어요", "2일", "습관 힘", "표로 보기"))


def test_what_the_hours_show_can_be_tried_for_two_weeks(signed_in, habit):
    at = dt.datetime.now(dt.UTC).replace(minute=0)
    habit.started_at, habit.started_on = at - 20 * DAY, (at - 20 * DAY).date()
    habit.save()
    did(habit, *range(12, 1, -1), at=at)

    page = signed_in.get(f"/insights/{habit.pk}/")

    idea = page.context["hours"]["idea"]
    assert re.fullmatch(r"오[전후] \d+시와 오[전후] \d+시 사이에만 하기", idea)
    start = f"{reverse('analytics:try', args=[habit.pk])}?idea={quote(idea)}"
    assert start in page.text
    assert f'value="{idea}"' in signed_in.get(start).text


def test_without_habits_the_page_shows_the_way_to_the_first(signed_in):
    page = signed_in.get("/insights/").content.decode()

    assert "아직 그릴 것이 없어요" in page
    assert 'href="/habits/"' in page
    assert page.count('class="early"') == 3


def test_a_habit_without_a_check_in_has_its_page(signed_in, person):
    habit = UserHabitFactory(user=person)

    assert signed_in.get("/insights/").status_code == 200
    assert "며칠 이어지면 여기에서 볼 수 있어요" in signed_in.get(f"/insights/{habit.pk}/").content.decode()


def test_another_persons_habit_is_not_found(signed_in, stranger):
    theirs = UserHabitFactory(user=stranger)

    answers = [signed_in.get(f"/insights/{pk}/") for pk in (theirs.pk, uuid7())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_a_stranger_sees_nothing_of_it(client, habit):
    assert [client.get(path).status_code for path in ("/insights/", f"/insights/{habit.pk}/")] == [302, 302]


@pytest.mark.parametrize(
    "asked",
    [
        "?year=0",
        "?year=1066",
        "?year=x",
        "?month=2099-01",
        "?month=0001-01",
        "?week=1900-01-01",
        "?span=9",
        "?week=9999-12-31",
    ],
)
def test_invalid_query_parameters_are_ignored(signed_in, habit, asked):
    for path in ("/insights/", f"/insights/{habit.pk}/"):
        assert signed_in.get(path + asked).status_code == 200


def test_htmx_gets_the_panels_without_the_page(signed_in, habit):
    for path in ("/insights/", f"/insights/{habit.pk}/"):
        fragment = signed_in.get(path, headers={"HX-Request": "true"}).content.decode()
        assert ("<html" in fragment, 'id="year"' in fragment) == (False, True)


def test_each_day_of_the_year_says_what_it_was(person, habit):
    did(habit, 3, 2)
    pauses.skip(person, habit.pk, day=TODAY - DAY, at=NOW)
    habit.refresh_from_db()

    own, both = of_one(habit), of_all(person)

    assert [told(own, TODAY - n * DAY) for n in (4, 3, 1, 0)] == [
        "11월 14일 빈 날이에요", "11월 15일 했어요", "11월 17일 쉬었어요", "11월 18일 아직 열려 있어요"
    ]  # fmt: skip
    assert [told(both, TODAY - n * DAY) for n in (4, 3, 1, 0)] == [
        "11월 14일 1개 중 0개", "11월 15일 1개 중 1개", "11월 17일 쉬었어요", "11월 18일 아직 열려 있어요"
    ]  # fmt: skip


def test_the_year_begins_with_the_first_day_of_the_person(person):
    habit = UserHabitFactory(user=person, started_at=NOW - 20 * DAY, started_on=TODAY - 20 * DAY)

    for context in (of_one(habit), of_all(person)):
        assert context["year"]["svg"].count("<title>") == 21
        assert len(context["year"]["rows"]) == 4
        assert context["year"]["svg"].index("<title>") < context["year"]["svg"].index("translate(14)")
        assert context["year"]["is_short"]


def test_the_head_says_what_changed_since_last_week(person):
    walk = UserHabitFactory(
        user=person,
        custom_name="걷기",
        started_at=NOW - 30 * DAY,
        started_on=TODAY - 30 * DAY,
        habit__category__name_en="exercise",
    )
    others = UserHabitFactory.create_batch(2, user=person, started_at=NOW - 30 * DAY, started_on=TODAY - 30 * DAY)
    monday = TODAY - (TODAY.weekday() + 7) * DAY
    # Last week nothing, this week the walk: Monday and Tuesday of both weeks are compared.
    for habit in (walk, *others):
        HabitLogFactory(user_habit=habit, completed_at=NOW - (TODAY - monday).days * DAY)
    for days_ago in range(1, TODAY.weekday() + 1):
        for habit in (walk, *others):
            HabitLogFactory(user_habit=habit, completed_at=NOW - days_ago * DAY)

    head = of_all(person)["headline"]

    assert head["text"].startswith("이번 주는 지난주보다 50%p 더 했어요.")
    assert head["why"] == "같은 요일끼리 비교했어요: 월·화. 쉰 날과 아직 끝나지 않은 오늘은 뺐어요."


def test_the_one_day_that_is_compared_is_named_in_full(person):
    UserHabitFactory.create_batch(5, user=person, started_at=NOW - 30 * DAY, started_on=TODAY - 30 * DAY)

    head = insights.page_of_all(person, now=NOW - DAY)["headline"]

    assert head["why"] == "같은 요일끼리 비교했어요: 월요일. 쉰 날과 아직 끝나지 않은 오늘은 뺐어요."


def test_the_head_says_nothing_of_change_before_there_are_two_weeks(person):
    UserHabitFactory(user=person, started_at=NOW - 2 * DAY, started_on=TODAY - 2 * DAY)

    assert of_all(person)["headline"]["text"] == "이제 한 주씩 모으고 있어요."


def test_each_category_has_a_line_from_its_first_week(person):
    UserHabitFactory(user=person, started_at=NOW - 30 * DAY, started_on=TODAY - 30 * DAY)

    (line,) = of_all(person)["lines"]

    assert (line["now"], line["now_of"]) == (0, "지난주")
    assert "<polyline" in line["svg"]


def test_what_it_is_too_early_to_say_is_named(person):
    UserHabitFactory(user=person, started_at=NOW - 2 * DAY, started_on=TODAY - 2 * DAY)

    assert [one["title"] for one in of_all(person)["too_early"]][:2] == ["요일별 흐름", "하루 중 언제"]


def test_an_earlier_year_can_be_looked_at(person):
    habit = UserHabitFactory(user=person, started_at=NOW - 800 * DAY)
    HabitLogFactory(user_habit=habit, completed_at=NOW - 700 * DAY)
    long_ago = TODAY - 700 * DAY

    assert told(of_all(person, year=long_ago.year), long_ago).endswith("1개 중 1개")
    assert told(of_one(habit, year=long_ago.year), long_ago).endswith("했어요")
    assert told(of_one(habit, year=long_ago.year), long_ago - DAY).endswith("빈 날이에요")


def test_hours_are_those_that_the_person_saw(person, habit):
    did(habit, 1)
    person.timezone = "America/New_York"
    person.save()
    habit.user = person
    did(habit, 0)

    # Noon in Seoul; ten in the evening before in New York.
    assert queries.hours([habit.pk], first=TODAY - WEEK, last=TODAY) == {(2, 12): 1, (2, 22): 1}


def test_a_check_in_past_midnight_belongs_to_the_day_before(person, habit):
    person.day_start = 4
    person.save()
    habit.user = person
    at = NOW - dt.timedelta(hours=11)  # one at night
    checkins.check_in(person, habit.pk, key=uuid7(), at=at, now=at)

    assert queries.hours([habit.pk], first=TODAY - WEEK, last=TODAY) == {(2, 1): 1}


def test_a_day_written_down_later_has_no_hour(habit):
    corrections.add(habit.user, habit.pk, key=uuid7(), day=TODAY - DAY, now=NOW)

    assert queries.hours([habit.pk], first=TODAY - WEEK, last=TODAY) == {}


def test_the_mood_of_a_day_is_the_mean_of_what_was_said(person, habit):
    other = UserHabitFactory(user=person, started_at=NOW - 60 * DAY)
    did(habit, 0, mood=8)
    did(other, 0, mood=5, energy=2)

    assert queries.moods([habit.pk, other.pk], first=TODAY - WEEK, last=TODAY) == {TODAY: (6.5, 2.0)}


@pytest.mark.parametrize(
    ("plan", "n", "text"),
    [(None, 90, "최근 90일에서 둘 다"), ("premium", 120, "최근 365일에서 둘 다"), ("pro", 120, "최근 365일에서 둘 다")],
)
def test_the_plan_says_how_far_back_moods_are_compared(person, habit, plan, n, text):
    habit.started_at, habit.started_on = NOW - 130 * DAY, TODAY - 130 * DAY
    habit.save()
    for days in range(1, 121):
        HabitLogFactory(user_habit=habit, completed_at=NOW - days * DAY, mood_score=1 + days % 9)
    if plan:
        UserSubscriptionFactory(user=person, plan_id=plan, current_period_start=NOW - DAY, current_period_end=NOW + DAY)

    for context in (of_all(person), of_one(habit)):
        assert context["moods"]["told"][0]["n"] == n
        assert context["moods"]["span"].startswith(text)
        assert context["moods"]["by_plan"] is (plan is None)
        assert context["year"]["rows"], "the record itself is shown whatever the plan"


def test_mood_is_hidden_without_the_consent_to_health_data(signed_in, person, habit):
    did(habit, 0, mood=8)
    person.privacy_settings = {}
    person.save()

    for path in ("/insights/", f"/insights/{habit.pk}/"):
        page = signed_in.get(path).content.decode()
        assert ("건강 정보에 동의하면" in page, "5 중" in page) == (True, False)


def test_a_week_is_summed_over_its_closed_days(person, habit):
    did(habit, 9, 8, 2, 0)  # the Monday and Tuesday of last week, this Monday, today

    week = of_all(person)["week"]

    assert (week["percent"], week["text"]) == (50, "어제까지예요. 지난주 같은 요일에는 100%\N{WORD JOINER}였어요.")
    assert [day["text"] for day in week["days"]] == ["1/1", "0/1", "1/1", "–", "–", "–", "–"]
    assert (week["before_url"], week["after_url"]) == ("/insights/?week=2026-11-09#week", "")


def test_weeks_of_the_page_begin_on_sunday_for_whom_they_do(person, habit):
    person.week_start = 7
    person.save()

    context = of_all(person)

    assert [day["name"] for day in context["week"]["days"]][:2] == ["일", "월"]
    assert context["week"]["span"] == "11월 15일 – 11월 21일"
    assert context["month"]["weekdays"][0] == context["year"]["weekdays"][0] == "일"


def test_a_month_has_all_its_days_and_a_way_back(person, habit):
    did(habit, 20)

    month = of_all(person, month=dt.date(2026, 10, 1))["month"]

    days = [day for week in month["weeks"] for day in week if day]
    assert (month["title"], len(days), days[-3]["label"]) == ("10월", 31, "1개 중 1개")
    assert (month["before_url"], month["after_url"]) == (
        "/insights/?month=2026-09#month",
        "/insights/?month=2026-11#month",
    )


def test_what_was_archived_keeps_its_past_and_asks_for_nothing_more(person, habit):
    did(habit, 3)
    archiving.change_status(person, habit.pk, status="archived", at=NOW - DAY)

    context = of_all(person)

    assert context["habits"] == []
    assert [told(context, TODAY - n * DAY) for n in (3, 1)] == ["11월 15일 1개 중 1개", "11월 17일 쉬었어요"]


def test_the_strength_in_the_list_is_the_one_on_the_page(person, habit):
    did(habit, *range(30, 0, -1))
    habit.refresh_from_db()

    listed, own = of_all(person)["habits"][0], of_one(habit)["strength"]

    assert listed["strength"] == own["now"] == of_one(habit, span="all")["strength"]["now"] == 80
    assert listed["best"] == of_one(habit)["best"][0]["text"] == "30일"


def test_the_past_is_not_read_for_the_page_of_all(person):
    habit = UserHabitFactory(user=person, started_at=NOW - 3650 * DAY)
    for days in (3, 500, 1500, 3000):
        HabitLogFactory(user_habit=habit, completed_at=NOW - days * DAY)

    with CaptureQueriesContext(connection) as captured:
        of_all(person)
        (read,) = [query["sql"] for query in captured if "MATERIALIZED" in query["sql"]]

    since = dt.date.fromisoformat(re.search(r"completed_at >= '([\d-]+)", read)[1])
    assert TODAY - since < dt.timedelta(days=380)


def test_a_habit_that_has_not_begun_has_its_page_too(signed_in, person):
    # After travel to the west on the first day, today is before the start.
    ahead = UserHabitFactory(user=person, started_at=dt.datetime.now(dt.UTC) + 2 * DAY)

    for path in ("/insights/", f"/insights/{ahead.pk}/", f"/insights/{ahead.pk}/?span=all"):
        assert signed_in.get(path).status_code == 200


def test_one_statement_reads_the_same_as_three(person):
    habits = [UserHabitFactory(user=person) for _number in range(2)]
    last = person.calendar.day_of(dt.datetime.now(dt.UTC))
    for number in range(40):
        day = last - number * dt.timedelta(days=1)
        HabitLogFactory(
            user_habit=habits[number % 2],
            completed_at=person.calendar.at(day, dt.time(9)),
            completed_count=1 + number % 3,
            local_hour=9 + number % 4,
            mood_score=2 + number % 5 if number % 3 else None,
        )
    firsts = {habit.pk: last - dt.timedelta(days=60) for habit in habits}
    since = last - dt.timedelta(days=20)

    found = queries.read(list(firsts), first=last - 60 * DAY, last=last, moods_since=since, hours_since=since)

    assert found.counts == queries.counts(firsts, last=last)
    assert found.moods == queries.moods(list(firsts), first=since, last=last)
    assert found.hours == queries.hours(list(firsts), first=since, last=last)
    without = queries.read(list(firsts), first=since, last=last, moods_since=None, hours_since=since)
    assert without.moods == {}
