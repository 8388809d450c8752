"""The first steps: what is offered, what is added, and that nothing half-done stays."""

import datetime as dt
from http import HTTPStatus

import pytest
from django.utils import translation

from habits.models import Habit, UserHabit
from habits.onboarding import starters
from habits.onboarding.forms import TimeForm
from habits.onboarding.starters import Starter
from tests.factories.habits import UserHabitFactory

NOW = dt.datetime(2026, 11, 28, 3, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


def chosen(number):
    return starters.offer([])[:number]


def test_each_starter_is_finished_by_one_check_in_on_the_first_day():
    offered = starters.offer([])

    assert len(offered) == starters.OFFERED
    assert {habit.default_frequency for habit in offered} <= {"daily", "weekly"}
    assert {(habit.default_target_count, habit.default_direction) for habit in offered} == {(1, "at_least")}


def test_wishes_are_answered_in_turn():
    offered = starters.offer(["health", "learning"])

    assert [habit.category.name_en for habit in offered] == ["health", "learning"] * 3


def test_every_category_alone_offers_three():
    few = {
        habit.category.name_en
        for habit in Habit.objects.in_catalogue().select_related("category")
        if len(starters.offer([habit.category.name_en])) < starters.MOST
    }

    assert few == set()


@pytest.mark.parametrize(
    ("language", "times"), [("ko", ["오전 7:30", "오후 12:30", "오후 9:00"]), ("en", ["07:30", "12:30", "21:00"])]
)
def test_the_offered_times_are_on_the_clock_of_the_language(language, times):
    with translation.override(language):
        assert [text for _value, text in TimeForm().fields["time"].choices] == times


def test_the_chosen_habits_are_added_with_one_reminder(signed_in, person):
    ids = [str(habit.pk) for habit in chosen(3)]
    answer = signed_in.post(
        "/start/time/", {"habit": ids, f"part-{ids[0]}": "evening", "time": "07:30", "remind": "yes"}
    )

    assert answer.url == "/today/"
    added = UserHabit.objects.filter(user=person).order_by("sort_order")
    assert [str(one.habit_id) for one in added] == ids
    assert [one.reminder_times for one in added] == [["07:30"]] * 3
    assert added[0].part_of_day == "evening"


def test_another_time_comes_before_the_offered_ones(signed_in, person):
    (habit,) = chosen(1)
    signed_in.post("/start/time/", {"habit": [habit.pk], "time": "07:30", "other": "06:10", "remind": "yes"})

    assert UserHabit.objects.get(user=person).reminder_times == ["06:10"]


def test_without_a_reminder_none_is_set(signed_in, person):
    (habit,) = chosen(1)
    signed_in.post("/start/time/", {"habit": [habit.pk], "time": "07:30"})

    assert UserHabit.objects.get(user=person).reminder_times == []


@pytest.mark.parametrize(
    ("language", "said"),
    [("ko", "아직 고른 습관이 없어요. 하나만 골라도 좋고,"), ("en", "You haven’t chosen a habit yet.")],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_choosing_none_asks_gently_and_ticks_nothing(signed_in, person, method, language, said):
    person.language = language
    person.save()
    page = getattr(signed_in, method)("/start/time/", {"wish": ["health"]})

    assert page.status_code == HTTPStatus.OK
    text = page.content.decode()
    assert said in text
    assert 'type="checkbox"' in text
    assert " checked" not in text
    assert 'href="/today/"' in text
    assert not UserHabit.objects.filter(user=person).exists()


def test_more_than_three_are_refused_in_words_and_none_is_added(signed_in, person):
    page = signed_in.get("/start/time/", {"habit": [habit.pk for habit in chosen(4)]})

    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "세 가지까지 고를 수 있어요" in page.content.decode()
    assert not UserHabit.objects.filter(user=person).exists()


def test_where_the_plan_has_no_room_for_all_none_is_added(signed_in, person):
    UserHabitFactory(user=person)
    page = signed_in.post("/start/time/", {"habit": [habit.pk for habit in chosen(3)], "time": "07:30"})

    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert UserHabit.objects.filter(user=person).count() == 1


def test_a_habit_that_is_there_already_stays_as_it_is(person):
    habits = chosen(2)
    had = UserHabitFactory(user=person, habit=habits[0], part_of_day="morning")

    added = starters.start(person, [Starter(habit.pk, "evening") for habit in habits], remind_at=dt.time(8), at=NOW)

    assert [one.habit_id for one in added] == [habits[1].pk]
    had.refresh_from_db()
    assert (had.part_of_day, had.reminder_times) == ("morning", [])


@pytest.mark.parametrize(
    "query", [{}, {"habit": "x"}, {"habit": "01a22488-9d1c-773f-8415-e8e6f01a3450", "part-x": "y"}]
)
def test_strange_addresses_lead_on(signed_in, query):
    assert signed_in.get("/start/", {"wish": ["zzz", "health"]}).status_code == HTTPStatus.OK
    assert signed_in.get("/start/habits/", {"wish": ["zzz"]} | query).status_code == HTTPStatus.OK
    assert signed_in.get("/start/time/", query).status_code in (HTTPStatus.OK, HTTPStatus.FOUND)


def test_a_bad_time_is_told_and_nothing_is_added(signed_in, person):
    (habit,) = chosen(1)
    page = signed_in.post("/start/time/", {"habit": [habit.pk], "other": "25:99", "remind": "yes"})

    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "시각을 다시 골라 주세요" in page.content.decode()
    assert not UserHabit.objects.filter(user=person).exists()
