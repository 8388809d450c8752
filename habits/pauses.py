"""Rests: a pause of one habit or of all, with dates or until further notice; a single day skipped; an end made early.

A rest with dates lives in `habit_rests` alone. Whether a habit rests is asked of the day, so a pause begins and ends by
itself, at the person's own midnight, and no job has to run. `status = 'paused'` is a pause of one habit without an end:
it lasts until the person takes the habit up again (habits/archiving.py).
"""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from accounts.days import ONE_DAY
from accounts.models import User
from habits import acts, archiving
from habits.models import HabitRest, UserHabit

# A rest may be written down, or planned, so far from today.
REACH = dt.timedelta(days=366)


class RestRefused(Exception):
    """Nothing was written. Each kind below says why."""


class EndsBeforeItBegins(RestRefused):
    """The last day lies before the first."""


class OutOfReach(RestRefused):
    """A date lies more than a year away."""


def pause(
    user: User, user_habit_id: UUID | None, *, starts_on: dt.date, ends_on: dt.date | None, at: dt.datetime
) -> HabitRest:
    """One habit, or all of them for None, rests from `starts_on` to `ends_on`, both included; without an end until it is ended.

    Raises UserHabit.DoesNotExist and RestRefused.
    """
    today = user.calendar.day_of(at)
    _must_be_in_reach(starts_on, ends_on, today=today)
    with transaction.atomic():
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
        _retell(user, habits, since=starts_on, today=today)
    return rest


def skip(user: User, user_habit_id: UUID | None, *, day: dt.date, at: dt.datetime) -> HabitRest:
    """One day off, for one habit or for all. The same day again changes nothing. Raises as `pause` does."""
    today = user.calendar.day_of(at)
    _must_be_in_reach(day, day, today=today)
    with transaction.atomic():
        habits = _locked(user, user_habit_id)
        rest, is_new = HabitRest.objects.get_or_create(
            user=user, user_habit_id=user_habit_id, kind=HabitRest.Kind.SKIP, starts_on=day, ends_on=day
        )
        if is_new:
            _retell(user, habits, since=day, today=today)
    return rest


def end(user: User, rest_id: UUID, *, at: dt.datetime) -> None:
    """The rest ends with yesterday. One that has not begun, or that is a single day, is as if it had never been.

    Of a rest that is gone already, or is somebody else's, nothing changes.
    """
    today = user.calendar.day_of(at)
    with transaction.atomic():
        rest = HabitRest.objects.filter(user=user, pk=rest_id).first()
        if rest is None:
            return
        habits = _locked(user, rest.user_habit_id)
        if rest.kind == HabitRest.Kind.SKIP or rest.starts_on >= today:
            rest.delete()
        elif rest.ends_on is None or rest.ends_on >= today:
            rest.ends_on = today - ONE_DAY
            rest.save(update_fields=["ends_on"])
        _retell(user, habits, since=rest.starts_on, today=today)
        for habit in habits:
            if rest.user_habit_id and habit.status == UserHabit.Status.PAUSED:
                archiving.mark_active(habit)


def current(rests: Iterable[HabitRest], user_habit: UserHabit, *, day: dt.date) -> HabitRest | None:
    """The pause that the habit is in on `day`, the one of all habits before its own."""
    pauses = [
        rest for rest in rests if rest.kind == HabitRest.Kind.PAUSE and rest.concerns(user_habit) and rest.covers(day)
    ]
    return min(pauses, key=lambda rest: rest.user_habit_id is not None, default=None)


def is_paused(rests: Iterable[HabitRest], user_habit: UserHabit, *, day: dt.date) -> bool:
    """It waits off Today, and no reminder is sent."""
    return user_habit.status == UserHabit.Status.PAUSED or current(rests, user_habit, day=day) is not None


def _must_be_in_reach(starts_on: dt.date, ends_on: dt.date | None, *, today: dt.date) -> None:
    if ends_on and ends_on < starts_on:
        raise EndsBeforeItBegins
    if any(abs(day - today) > REACH for day in (starts_on, ends_on) if day):
        raise OutOfReach


def _locked(user: User, user_habit_id: UUID | None) -> list[UserHabit]:
    if user_habit_id:
        return [acts.locked(user, user_habit_id)]
    return list(user.habits.select_for_update(of=("self",)).with_habit().order_by("pk"))


def _retell(user: User, habits: list[UserHabit], *, since: dt.date, today: dt.date) -> None:
    """A rest of closed days changes the streaks that they are part of; one from today on is read when they close."""
    if since < today:
        for habit in habits:
            acts.replayed(habit, today=today, calendar=user.calendar)
