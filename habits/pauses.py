"""Rests: pauses of one habit or of all, with or without an end, and skipped days.

A rest with dates is stored only in `habit_rests`. Whether a habit rests is computed for a day, so a pause begins and
ends at the person's midnight without a job. `status = 'paused'` is a pause of one habit without an end: it lasts until
the person activates the habit (habits/archiving.py).
"""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from accounts.days import ONE_DAY
from accounts.models import User
from gamification import progress_tally
from gamification.progress_tally import ProgressTally
from habits import archiving, check_in_locks, check_in_rewards, streak_cache
from habits.models import HabitRest, UserHabit

# How far from today a rest may begin or end.
REACH = dt.timedelta(days=366)


class RestRefused(Exception):
    """The rest is not allowed; nothing was written. Each subclass is one reason."""


class EndsBeforeItBegins(RestRefused):
    """The last day is before the first."""


class OutOfReach(RestRefused):
    """A date is more than a year away."""


def pause(
    user: User, user_habit_id: UUID | None, *, starts_on: dt.date, ends_on: dt.date | None, at: dt.datetime
) -> HabitRest:
    """Pauses one habit, or all for None, from `starts_on` to `ends_on`, both included.

    Without `ends_on` the pause lasts until it is ended.
    Raises UserHabit.DoesNotExist and RestRefused.
    """
    today = user.calendar.day_of(at)
    _must_be_in_reach(starts_on, ends_on, today=today)
    with transaction.atomic():
        tally = progress_tally.lock(user.pk, day=today)
        habits = _locked(user, user_habit_id)
        rest = HabitRest.objects.create(
            user=user,
            user_habit_id=user_habit_id,
            kind=HabitRest.Kind.PAUSE,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        if user_habit_id and ends_on is None and starts_on <= today:
            archiving.mark_paused(habits[0], at=at)
        _rebuild_streaks(user, habits, since=starts_on, today=today)
        _recount(user, tally, starts_on, ends_on, at=at)
    return rest


def skip(user: User, user_habit_id: UUID | None, *, day: dt.date, at: dt.datetime) -> HabitRest:
    """Skips one day, for one habit or for all.

    The same day again changes nothing. Raises like `pause`.
    """
    today = user.calendar.day_of(at)
    _must_be_in_reach(day, day, today=today)
    with transaction.atomic():
        tally = progress_tally.lock(user.pk, day=today)
        habits = _locked(user, user_habit_id)
        rest, is_new = HabitRest.objects.get_or_create(
            user=user, user_habit_id=user_habit_id, kind=HabitRest.Kind.SKIP, starts_on=day, ends_on=day
        )
        if is_new:
            _rebuild_streaks(user, habits, since=day, today=today)
            _recount(user, tally, day, day, at=at)
    return rest


def end(user: User, rest_id: UUID, *, at: dt.datetime) -> None:
    """Ends a rest with yesterday; deletes one that has not begun or is a single day.

    A rest that is gone, or is another person's, changes nothing. Raises UserHabit.DoesNotExist.
    """
    today = user.calendar.day_of(at)
    with transaction.atomic():
        found = HabitRest.objects.filter(user=user, pk=rest_id).exclude(kind=HabitRest.Kind.LIMIT)
        # Before the lock: a habit that goes while this waits is missed below.
        of_habits = list(found.values_list("user_habit_id", flat=True))
        tally = progress_tally.lock(user.pk, day=today)
        habits = [habit for user_habit_id in of_habits for habit in _locked(user, user_habit_id)]
        # Read again: it may have gone while this waited for its habits.
        rest = found.select_for_update(of=("self",)).first()
        if rest is None or _keeps_archived(rest, habits):
            return
        others = [one for habit in habits for one in _endless(habit, today=today) if one != rest]
        if rest.kind == HabitRest.Kind.SKIP or rest.starts_on >= today:
            rest.delete()
        elif rest.ends_on is None or rest.ends_on >= today:
            rest.ends_on = today - ONE_DAY
            rest.save(update_fields=["ends_on"])
        _rebuild_streaks(user, habits, since=rest.starts_on, today=today)
        if rest.user_habit_id and not others:
            _activate_if_paused(habits[0])
        _recount(user, tally, rest.starts_on, None, at=at)


def _keeps_archived(rest: HabitRest, habits: list[UserHabit]) -> bool:
    """Whether it is the rest without an end that an archived habit has until it is active again."""
    return rest.user_habit_id is not None and rest.ends_on is None and habits[0].is_archived


def _recount(user: User, tally: ProgressTally, first: dt.date, last: dt.date | None, *, at: dt.datetime) -> None:
    """Counts the rested days again: a rest decides what a perfect day asks for."""
    today = user.calendar.day_of(at)
    days = check_in_rewards.span(first, last, today=today + check_in_rewards.AHEAD)
    check_in_rewards.recount(user, tally, days, today=today, at=at)


def _endless(user_habit: UserHabit, *, today: dt.date) -> list[HabitRest]:
    """The habit's own pauses without an end that have begun: its status stands for them."""
    return list(archiving.begun_pauses(user_habit, today=today).filter(ends_on=None))


def _activate_if_paused(user_habit: UserHabit) -> None:
    """Activates a locked habit that no pause of its own without an end holds any more.

    A pause with an end, or of all habits, is read from its days (`pause_on`) and never held in the status.
    """
    if user_habit.status == UserHabit.Status.PAUSED:
        archiving.mark_active(user_habit)


def pause_on(rests: Iterable[HabitRest], user_habit: UserHabit, *, day: dt.date) -> HabitRest | None:
    """The pause that covers the habit on `day`; a pause of all habits before its own."""
    pauses = [
        rest for rest in rests if rest.kind == HabitRest.Kind.PAUSE and rest.concerns(user_habit) and rest.covers(day)
    ]
    return min(pauses, key=lambda rest: rest.user_habit_id is not None, default=None)


def is_paused(rests: Iterable[HabitRest], user_habit: UserHabit, *, day: dt.date) -> bool:
    """Whether the habit is paused on `day`: not on Today, no reminders."""
    return user_habit.status == UserHabit.Status.PAUSED or pause_on(rests, user_habit, day=day) is not None


def _must_be_in_reach(starts_on: dt.date, ends_on: dt.date | None, *, today: dt.date) -> None:
    if ends_on and ends_on < starts_on:
        raise EndsBeforeItBegins
    if any(abs(day - today) > REACH for day in (starts_on, ends_on) if day):
        raise OutOfReach


def _locked(user: User, user_habit_id: UUID | None) -> list[UserHabit]:
    if user_habit_id:
        return [check_in_locks.lock_habit(user, user_habit_id)]
    return list(user.habits.select_for_update(of=("self",)).with_habit().order_by("pk"))


def _rebuild_streaks(user: User, habits: list[UserHabit], *, since: dt.date, today: dt.date) -> None:
    """For a rest of closed days. A rest of later days is read when they close.

    The stored streak may include today and later days: they were over where the person has travelled from, or with the
    hour at which their day began before.
    """
    for habit in habits:
        if since < today or (habit.streak_through and since <= habit.streak_through):
            streak_cache.rebuild_and_save(habit, today=today, calendar=user.calendar)
