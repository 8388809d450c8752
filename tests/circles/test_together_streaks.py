"""A streak kept together: which days count, what the shared freeze does, and who takes part."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid6 import uuid7

from accounts.days import monday_of
from circles import blocks, together, visibility
from circles.models import TogetherPart
from circles.together_streaks import DayState, PersonPart, fold
from habits import checkins, editing, pauses
from habits.enrollment import Choice
from tests.clock import NOW
from tests.factories.circles import CircleMemberFactory, SharedHabitFactory
from tests.factories.habits import HabitFactory, UserHabitFactory

DAY = dt.timedelta(days=1)
# A Monday.
FIRST = dt.date(2026, 11, 2)


def part(marks: str, *, since: int = 0, today: int | None = None) -> PersonPart:
    """A part by its days from FIRST on: x done, o asked and not done, a dot did not ask, + done without being asked.

    The day after them is its present day.
    """
    days = {FIRST + n * DAY: mark for n, mark in enumerate(marks)}
    return PersonPart(
        FIRST + since * DAY,
        FIRST + (len(marks) if today is None else today) * DAY,
        {day for day, mark in days.items() if mark in "xo"},
        {day for day, mark in days.items() if mark in "x+"},
    )


def states(*parts: PersonPart) -> list[str]:
    return list(fold(parts).days.values())


def test_a_day_counts_when_everybody_has_done_it():
    assert fold([part("xxx"), part("xxx")]).current == 3


def test_one_missed_day_of_a_week_is_frozen_and_does_not_count():
    streak = fold([part("xxoxx"), part("xxxxx")])

    assert streak.current == 4
    assert streak.frozen == [FIRST + 2 * DAY]
    assert not streak.has_freeze(FIRST + 6 * DAY)
    assert streak.has_freeze(FIRST + 7 * DAY)


def test_a_second_missed_day_of_the_week_ends_it_and_monday_brings_a_freeze():
    assert fold([part("xoxox"), part("xxxxx")]).current == 1
    assert fold([part("xoxxxxxo"), part("xxxxxxxx")]).current == 6


def test_a_freeze_is_not_spent_on_a_streak_that_has_not_begun():
    streak = fold([part("oxox"), part("xxxx")])

    assert (streak.current, streak.frozen) == (2, [FIRST + 2 * DAY])


def test_a_day_that_asks_nobody_leaves_the_streak():
    assert states(part("x.x"), part("x+x")) == [DayState.DONE, DayState.OFF, DayState.DONE, DayState.OPEN]


def test_a_day_waits_only_for_the_people_whom_it_asks():
    assert fold([part("x.x"), part("xxx")]).current == 3


def test_an_open_day_neither_counts_nor_breaks():
    two = [part("xxo", today=2), part("xxx", today=2)]

    assert (fold(two).current, states(*two)[-1]) == (2, DayState.OPEN)


def test_a_day_is_open_until_it_is_over_for_everybody():
    early, late = part("xo", today=2), part("xx", today=1)

    assert states(early, late) == [DayState.DONE, DayState.OPEN, DayState.OPEN]


def test_it_begins_when_the_second_takes_part():
    assert states(part("ooxx"), part("..xx", since=2)) == [DayState.DONE] * 2 + [DayState.OPEN]
    assert states(part("xxx")) == []


@given(st.lists(st.lists(st.sampled_from("xo.+"), min_size=20, max_size=20), min_size=2, max_size=5))
def test_it_is_never_longer_than_anybody_did_and_one_freeze_a_week_is_spent(rows):
    parts = [part("".join(row)) for row in rows]

    streak = fold(parts)

    all_done = sum(all(day in one.done for one in parts if day in one.asked) for day in streak.days)
    assert streak.current <= all_done
    weeks = [monday_of(day) for day in streak.frozen]
    assert len(weeks) == len(set(weeks))


@pytest.fixture
def two(person):
    template = HabitFactory()
    mine = SharedHabitFactory(member__user=person, user_habit=UserHabitFactory(user=person, habit=template))
    other = CircleMemberFactory(circle=mine.member.circle)
    theirs = SharedHabitFactory(member=other, user_habit=UserHabitFactory(user=other.user, habit=template))
    return [mine, theirs]


def join(shared) -> None:
    together.join(shared.member, shared, today=shared.member.user.calendar.day_of(NOW))


def standing(shared):
    found = together.standings(visibility.see(shared.member, now=NOW))
    return [(one.parts[0].shared, one.streak.current) for one in found]


@pytest.mark.django_db
def test_it_needs_the_consent_of_both(two):
    mine, theirs = two
    join(mine)
    assert (standing(mine), standing(theirs)) == ([], [])

    join(theirs)

    assert (standing(mine), standing(theirs)) == ([(mine, 0)], [(theirs, 0)])


@pytest.mark.django_db
def test_it_counts_check_ins_of_both(two):
    for shared in two:
        join(shared)
        checkins.check_in(shared.member.user, shared.user_habit_id, key=uuid7(), at=NOW, now=NOW)

    assert [standing(shared) for shared in two] == [[(two[0], 1)], [(two[1], 1)]]


@pytest.mark.django_db
def test_a_blocked_person_is_not_in_the_streak(two):
    mine, theirs = two
    join(mine)
    join(theirs)
    blocks.block(mine.member.user, theirs.member)

    assert (standing(mine), standing(theirs)) == ([], [])


@pytest.mark.django_db
def test_a_paused_habit_is_not_in_it(two):
    mine, theirs = two
    join(mine)
    join(theirs)
    today = theirs.member.user.calendar.day_of(NOW)
    pauses.pause(theirs.member.user, theirs.user_habit_id, starts_on=today, ends_on=None, at=NOW)

    assert standing(mine) == []


@pytest.mark.django_db
def test_a_part_begins_no_earlier_than_what_is_shown(two):
    """It was shared in the east on a day that is still to come where its person is now."""
    mine, _theirs = two
    yesterday = mine.shared_on - DAY

    together.join(mine.member, mine, today=yesterday)

    assert TogetherPart.objects.get().joined_on == mine.shared_on


@pytest.mark.django_db
def test_a_day_on_which_the_habit_was_one_to_reduce_is_not_missed(two):
    mine, theirs = two
    for shared in two:
        together.join(shared.member, shared, today=shared.shared_on)
    today = mine.shared_on
    reduce, do = (Choice("daily", {}, 1, None, direction=one) for one in ("at_most", "at_least"))
    for choice, at in ((reduce, NOW), (do, NOW + DAY)):
        editing.edit_habit(mine.member.user, mine.user_habit_id, name="습관", choice=choice, at=at)
    for shared in two:
        later = NOW + DAY
        checkins.check_in(shared.member.user, shared.user_habit_id, key=uuid7(), at=later, now=later)
    checkins.check_in(theirs.member.user, theirs.user_habit_id, key=uuid7(), at=NOW, now=NOW + DAY)

    [found] = together.standings(visibility.see(mine.member, now=NOW + DAY))

    # The first day asked only the other, who did it.
    assert found.streak.current == 2
    assert [today in part.asked for part in found.days.values()] == [False, True]


@pytest.mark.django_db
def test_five_people_keep_it(two):
    mine, _theirs = two
    template = mine.user_habit.habit
    for _n in range(together.MOST_TOGETHER):
        other = CircleMemberFactory(circle=mine.member.circle)
        join(SharedHabitFactory(member=other, user_habit=UserHabitFactory(user=other.user, habit=template)))

    with pytest.raises(together.TogetherFull):
        join(mine)
    assert TogetherPart.objects.count() == together.MOST_TOGETHER


@pytest.mark.django_db
def test_a_habit_judged_by_the_week_cannot_be_kept_by_the_day(person):
    weekly = UserHabitFactory(user=person, target_frequency="weekly", schedule={"times": 3})

    with pytest.raises(together.NotByTheDay):
        join(SharedHabitFactory(member__user=person, user_habit=weekly))
