"""Goals of the month: how far, what is still possible, and what happens at the edges of months."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from accounts.days import ONE_DAY
from habits import archiving, month_goals, pauses
from habits.models import MonthGoal
from habits.pages import goal_lines
from tests.at_once import at_once
from tests.factories.habits import HabitFactory, HabitLogFactory, UserHabitFactory

pytestmark = pytest.mark.django_db

# Noon in Seoul on the 20th of a month of 30 days.
NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, started_on=TODAY - 60 * ONE_DAY, custom_name="책 읽기")


def did(habit, *days):
    for day in days:
        HabitLogFactory(user_habit=habit, completed_at=habit.user.calendar.at(day, dt.time(9)), local_date=day)


def november(*days):
    return [dt.date(2026, 11, day) for day in days]


def progress(habit, *, now=NOW):
    [found] = month_goals.progress(habit.user, now=now)
    return found


def told(person, *, now=NOW):
    with translation.override("ko"):
        return goal_lines.panel(person, now=now)["items"]


def test_days_are_counted_through_today_and_the_open_ones_are_left(habit):
    month_goals.change(habit.user, habit, target=14)
    did(habit, *november(1, 2, 3, 19), dt.date(2026, 10, 31))

    # Today and ten days to come.
    assert (progress(habit).done, progress(habit).left, progress(habit).before) == (4, 11, 1)
    did(habit, TODAY)
    assert (progress(habit).done, progress(habit).left, progress(habit).possible) == (5, 10, 15)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (4, "이달 목표를 채웠어요."),
        (10, "남은 11일 가운데 6일을 하면 채워요."),
        (15, "남은 11일 가운데 11일을 하면 채워요."),
        (16, "이달에는 닿기 어려워요. 남은 날을 모두 하면 15일이에요."),
    ],
)
def test_it_says_whether_it_can_still_be_reached(habit, target, text):
    month_goals.change(habit.user, habit, target=target)
    did(habit, *november(1, 2, 3, 19))

    [line] = told(habit.user)

    assert (line["text"], line["now"]) == (text, f"{target}일 중 4일")


def test_days_of_rest_are_not_left(habit):
    month_goals.change(habit.user, habit, target=20)
    pauses.pause(habit.user, habit.pk, starts_on=TODAY, ends_on=dt.date(2026, 11, 25), at=NOW)

    assert progress(habit).left == 5


def test_the_share_of_all_is_that_of_the_closed_days(person, habit):
    other = UserHabitFactory(user=person, started_on=TODAY - 60 * ONE_DAY)
    month_goals.change(person, None, target=80)
    did(habit, *november(*range(1, 20)))
    did(other, TODAY)

    found = progress(habit)

    # 19 of 38 days; with the 22 that are asked from today on 41 of 60.
    assert (found.habit, found.done, found.possible, found.before) == (None, 50, 68, 0)
    assert told(person)[0]["text"] == "이달에는 닿기 어려워요. 남은 날을 모두 하면 68%\N{WORD JOINER}예요."


def test_on_the_first_day_of_a_month_nothing_is_said_yet(person, habit):
    month_goals.change(person, None, target=80)
    first = dt.datetime(2026, 12, 1, 3, tzinfo=dt.UTC)

    assert (progress(habit, now=first).done, progress(habit, now=first).possible) == (None, 100)
    assert told(person, now=first)[0]["text"] == "이달은 아직 끝난 날이 없어요."


def test_the_month_is_that_of_the_persons_day(person, habit):
    person.day_start = 4
    person.save()
    month_goals.change(person, habit, target=5)
    did(habit, *november(28, 29))
    # Three at night on 1 December is still November's last day.
    at = person.calendar.at(dt.date(2026, 11, 30), dt.time(23)) + dt.timedelta(hours=4)

    assert (progress(habit, now=at).done, progress(habit, now=at).left) == (2, 1)


def test_a_habit_that_begins_in_the_month_has_no_month_before(person):
    habit = UserHabitFactory(user=person, started_on=dt.date(2026, 11, 10))
    month_goals.change(person, habit, target=5)

    assert progress(habit).before is None


def test_an_archived_habit_shows_no_goal(person, habit):
    month_goals.change(person, habit, target=5)
    archiving.change_status(person, habit.pk, status="archived", at=NOW)

    assert month_goals.progress(person, now=NOW) == []


def test_the_goal_of_a_habit_of_ones_own_has_its_colour(person):
    own = HabitFactory(owner=person, name="우쿨렐레", color="#E53E3E")
    habit = UserHabitFactory(user=person, habit=own, started_at=NOW - 40 * ONE_DAY)
    month_goals.change(person, habit, target=10)

    assert [one["cat"] for one in told(person)] == ["color-e53e3e"]


def test_a_limit_for_a_month_has_no_days_to_count(person):
    limit = UserHabitFactory(
        user=person, target_frequency="custom", schedule={"kind": "month_total"}, direction="at_most", target_count=9
    )

    with pytest.raises(month_goals.NoDays):
        month_goals.change(person, limit, target=5)
    assert goal_lines.panel(person, now=NOW, only=limit)["set_url"] == ""


@pytest.mark.parametrize(("of_all", "target"), [(True, 0), (True, 101), (False, 0), (False, 32)])
def test_the_database_refuses_what_no_month_can_hold(person, habit, of_all, target):
    with pytest.raises(IntegrityError), transaction.atomic():
        MonthGoal.objects.create(user=person, user_habit=None if of_all else habit, target=target)


def test_two_at_once_leave_one_goal(committed):
    habit = UserHabitFactory()

    at_once(4, lambda number: month_goals.change(habit.user, None, target=10 + number))

    assert MonthGoal.objects.filter(user=habit.user).count() == 1


def test_the_page_sets_changes_and_removes_a_goal(signed_in, habit):
    address = reverse("habits:goal", args=[habit.pk])

    assert "한 달에 며칠" in signed_in.get(address).text
    assert signed_in.post(address, {"target": "20"}).status_code == 302
    assert "20일 중 " in signed_in.get(reverse("analytics:habit", args=[habit.pk])).text
    signed_in.get("/insights/")
    signed_in.post(address, {"target": "12"})
    # The cached page is not shown any more.
    assert "12일 중 " in signed_in.get("/insights/").text
    signed_in.post(address, {"target": ""})
    assert not MonthGoal.objects.exists()


@pytest.mark.parametrize("wrong", ["0", "32", "-1", "열"])
def test_a_wrong_number_is_refused_in_words(signed_in, habit, wrong):
    answer = signed_in.post(reverse("habits:goal", args=[habit.pk]), {"target": wrong})

    assert answer.status_code == 422
    assert "쓸 수 있어요" in answer.text or "숫자로 입력해" in answer.text
    assert not MonthGoal.objects.exists()
