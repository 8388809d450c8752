"""Editing, adapting, ordering and deleting habits."""

import datetime as dt

import pytest
from django.utils import timezone, translation
from uuid6 import uuid7

from habits import archiving, checkins, deletion, editing, enrollment, ordering, streak_cache
from habits.enrollment import Choice
from habits.forms import HabitForm
from habits.models import Habit, HabitLog, UserHabit
from habits.schedules import Daily, Rule, Weekdays, Weekly
from tests.clock import NOON
from tests.factories.habits import HabitCategoryFactory, HabitFactory, UserHabitFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = NOON.date()


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, started_at=NOON - 30 * DAY)


def change(habit, choice=None, *, name="새 이름", at=NOON, **kwargs):
    choice = choice or Choice("daily", {}, 1, None)
    editing.edit_habit(habit.user, habit.pk, name=name, choice=choice, at=at, **kwargs)
    return UserHabit.objects.select_related("habit__category", "user").get(pk=habit.pk)


def check_in(habit, *, days_ago, count=1):
    at = NOON - days_ago * DAY
    return checkins.check_in(habit.user, habit.pk, key=uuid7(), at=at, now=at, count=count)


def test_a_changed_schedule_counts_from_the_day_of_the_change(habit):
    for days_ago in (3, 2, 1):
        check_in(habit, days_ago=days_ago)

    changed = change(habit, Choice("daily", {}, 8, "잔"))

    assert changed.timeline.on(TODAY - DAY) == Rule(Daily())
    assert changed.timeline.on(TODAY) == changed.rule == Rule(Daily(), 8, "잔")
    assert changed.current_streak == 3


def test_two_changes_on_one_day_are_one(habit):
    change(habit, Choice("weekly", {"times": 3}, 1, None))
    changed = change(habit, Choice("custom", {"kind": "weekdays", "days": [1, 3]}, 1, None))

    assert [rule.schedule for _day, rule in changed.timeline.rules] == [Daily(), Weekdays((1, 3))]


def test_changing_back_on_the_same_day_leaves_no_trace(habit):
    change(habit, Choice("weekly", {"times": 3}, 1, None))

    assert change(habit).rules is None


def test_a_habit_begun_today_has_only_its_new_rule(person):
    habit = UserHabitFactory(user=person, started_at=NOON)

    assert change(habit, Choice("weekly", {"times": 2}, 1, None)).rules is None


def test_days_filled_in_before_a_start_today_keep_their_rule(person):
    habit = UserHabitFactory(user=person, started_at=NOON)
    HabitLog.objects.create(user_habit=habit, completed_at=NOON - DAY, local_date=TODAY - DAY, target_count=1)

    assert change(habit, Choice("daily", {}, 5, None)).timeline.on(TODAY - DAY) == Rule(Daily())


def test_a_restored_habit_keeps_the_old_rule_for_past_days(habit, person):
    check_in(habit, days_ago=2)
    archiving.change_status(person, habit.pk, status="archived", at=NOON - DAY)

    back = enrollment.enroll(person, habit.habit, choice=Choice("weekly", {"times": 2}, 1, None), at=NOON)

    assert [rule.schedule for _day, rule in back.timeline.rules] == [Daily(), Weekly(2)]
    assert back.total_completions == 1


def test_a_name_of_200_letters_with_emoji_is_stored(habit):
    name = "🌿" * 100 + "가" * 100

    assert change(habit, name=name).name == name


def test_the_name_of_the_template_is_not_stored_again(habit):
    assert change(habit, name=habit.habit.name).custom_name is None


def test_part_of_day_anchor_and_group_are_stored(habit):
    choice = Choice("daily", {}, 1, None, part_of_day="evening", anchor="양치 후", group_name="밤 루틴")

    changed = change(habit, choice)

    assert (changed.part_of_day, changed.anchor, changed.group_name) == ("evening", "양치 후", "밤 루틴")
    assert Choice.of(changed) == choice


def test_ones_own_habit_is_renamed_itself_and_moves_to_another_category(person):
    own = enrollment.create_own(
        person, Habit(own_name="산책", category=HabitCategoryFactory()), choice=Choice("daily", {}, 1, None), at=NOON
    )
    exercise = HabitCategoryFactory(name_en="exercise", icon="dumbbell")

    changed = change(own, name="저녁 산책", category=exercise)

    assert (changed.habit.text("name"), changed.custom_name, changed.habit.category) == ("저녁 산책", None, exercise)


def test_an_adapted_template_is_a_private_copy(person, signed_in):
    template = HabitFactory(name="물 마시기", instructions=["컵을 채워요"], icon="glass-water")

    signed_in.post(
        f"/habits/{template.pk}/adapt/",
        {
            "name": "보리차 마시기",
            "category": template.category_id,
            "frequency": "window",
            "window_days": 10,
            "window_times": 4,
            "target_count": 3,
            "unit": "잔",
            "direction": "at_least",
            "part_of_day": "anytime",
        },
    )

    own = person.habits.select_related("habit").get()
    assert (own.habit.owner, own.habit.instructions, own.habit.icon) == (person, ["컵을 채워요"], "glass-water")
    assert own.rule.sentence(own.name) == "10일에 4번, 보리차 마시기 3잔"
    assert Habit.objects.in_catalogue().filter(name="물 마시기").exists()


def test_arrows_move_one_step_and_across_groups(person):
    first, second, third = (
        UserHabitFactory(user=person, sort_order=place, group_name=group)
        for place, group in enumerate(["아침", "아침", None])
    )

    ordering.move(person, second.pk, by=-1)
    ordering.move(person, first.pk, by=1)

    groups = [(name, [one.pk for one in habits]) for name, habits in ordering.groups_of(person)]
    assert groups == [("아침", [second.pk]), ("", [first.pk, third.pk])]


def test_the_whole_order_is_stored_and_others_habits_are_ignored(person, stranger):
    mine = UserHabitFactory.create_batch(3, user=person)
    theirs = UserHabitFactory(user=stranger, group_name="남의 것")

    ordering.arrange(person, [("밤", [mine[2].pk, theirs.pk]), ("", [mine[0].pk, mine[1].pk])])

    order = [(habit.pk, habit.group_name) for habit in person.habits.order_by("sort_order")]
    assert order == [(mine[2].pk, "밤"), (mine[0].pk, None), (mine[1].pk, None)]
    assert UserHabit.objects.get(pk=theirs.pk).group_name == "남의 것"


def test_what_is_deleted_with_a_habit_is_counted_and_then_deleted(person):
    own = enrollment.create_own(
        person,
        Habit(own_name="산책", category=HabitCategoryFactory()),
        choice=Choice("daily", {}, 1, None),
        at=NOON - 9 * DAY,
    )
    for days_ago in (2, 2, 1):
        check_in(own, days_ago=days_ago)

    said = deletion.belongings(own)
    deletion.delete_habit(person, own.pk, at=timezone.now())

    assert (said.days, said.check_ins, said.notes) == (2, 3, 0)
    assert (HabitLog.objects.count(), UserHabit.objects.count()) == (0, 0)
    assert not Habit.objects.filter(owner=person).exists()


def test_deleting_a_catalogue_habit_leaves_the_template(habit, person):
    deletion.delete_habit(person, habit.pk, at=timezone.now())

    assert Habit.objects.filter(pk=habit.habit_id).exists()


def test_a_changed_start_of_the_week_rebuilds_the_streak(person):
    habit = UserHabitFactory(user=person, started_at=NOON - 30 * DAY, target_frequency="weekly", schedule={"times": 2})
    for days_ago in range(20, 0, -1):
        check_in(habit, days_ago=days_ago)
    person.week_start = 7
    person.save()
    row = UserHabit.objects.get(pk=habit.pk)

    standing = streak_cache.current(row, today=TODAY, calendar=person.calendar, rests=[])

    again = streak_cache.replay(row, today=TODAY, calendar=person.calendar, counts=streak_cache.counts_by_day(row))
    assert standing.state == again.state


def test_a_unit_that_is_shown_translated_stays_as_it_was():
    pages = Choice("daily", {}, 20, "쪽")
    form = {"name": "Read", "frequency": "daily", "part_of_day": "evening", "target_count": 20, "direction": "at_least"}
    with translation.override("en"):
        assert HabitForm(suggested=pages, day=TODAY)["unit"].value() == "pages"
        kept = HabitForm(form | {"unit": "pages"}, suggested=pages, day=TODAY)
        changed = HabitForm(form | {"unit": "chapters"}, suggested=pages, day=TODAY)

        assert (kept.is_valid(), changed.is_valid()) == (True, True)
        assert (kept.choice.unit, changed.choice.unit) == ("쪽", "chapters")
        assert kept.sentence == "Every day, evening, 20\N{NO-BREAK SPACE}pages"
    assert kept.sentence == "매일 저녁, 20쪽"
