"""Goals for each month: done days of one habit, or the share of all that the days asked for.

    change(user, habit, target=…)   sets a goal, which holds for every month until it is changed; None takes it away
    progress(user, now=…)           how far each is in this month, and what is still possible

A goal judges nothing: streaks, strength and achievements do not know it. Days count as everywhere (`habits/day_totals.py`).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from accounts.days import ONE_DAY
from accounts.models import User
from core import months
from core.db import prepared_statements
from habits import streak_cache
from habits.day_totals import DayTotal, HabitDays, add_up, total_of_day
from habits.models import HabitLog, MonthGoal, UserHabit

_TARGETS = "SELECT user_habit_id, target FROM month_goals WHERE user_id = %s"


class NoDays(Exception):
    """A limit for a whole week or month has no done days that a goal could count."""


@dataclass(frozen=True)
class GoalProgress:
    """A goal in a month: done days of a habit, or percent of all habits where `habit` is None."""

    habit: UserHabit | None
    target: int
    # Done so far, and what it can still become. None: no day of the month has closed.
    done: int | None
    possible: int
    # The days on which it can still be done.
    left: int
    # The same of the whole month before; None if nothing was asked then.
    before: int | None

    @property
    def is_reached(self) -> bool:
        return self.done is not None and self.done >= self.target

    @property
    def is_possible(self) -> bool:
        return self.possible >= self.target


def change(user: User, habit: UserHabit | None, *, target: int | None) -> None:
    """Raises NoDays, and UserHabit.DoesNotExist if the habit goes meanwhile."""
    with transaction.atomic():
        if habit:
            user.habits.select_for_update(of=("self",), no_key=True).get(pk=habit.pk)
        if target is None:
            MonthGoal.objects.filter(user=user, user_habit=habit).delete()
        elif habit and not has_days(habit):
            raise NoDays
        else:
            MonthGoal.objects.update_or_create(user=user, user_habit=habit, defaults={"target": target})


def has_days(habit: UserHabit) -> bool:
    rule = habit.rule
    return not (rule.direction == "at_most" and rule.schedule.totals)


def target_of(user: User, habit: UserHabit | None) -> int | None:
    return MonthGoal.objects.filter(user=user, user_habit=habit).values_list("target", flat=True).first()


def progress(user: User, *, now: dt.datetime, only: UserHabit | None = None) -> list[GoalProgress]:
    """The goal over all habits first, then those of habits that are not archived.

    With `only` that of one habit.
    """
    goals = prepared_statements.fetch(_TARGETS, [user.pk])
    targets = {habit: target for habit, target in goals if only is None or habit == only.pk}
    if not targets:
        return []
    today = user.calendar.day_of(now)
    month, habits = (
        _Month(today),
        list(user.habits.with_habit().defer("notes").order_by("sort_order", "created_at", "id")),
    )
    lived = _days_of(user, habits, month)
    found = [_of_all(list(lived.values()), targets[None], month)] if None in targets else []
    shown = [one for one in habits if one.pk in targets and not one.is_archived]
    return found + [_of_habit(one, lived[one.pk], targets[one.pk], month) for one in shown]


class _Month:
    """The month of a day that is still open, and the one before."""

    def __init__(self, today: dt.date):
        self.today, self.first = today, today.replace(day=1)
        self.last = months.last_day(today)
        self.first_before = months.later(today, -1)

    @property
    def before(self) -> list[dt.date]:
        return _span(self.first_before, self.first - ONE_DAY)

    @property
    def closed(self) -> list[dt.date]:
        return _span(self.first, self.today - ONE_DAY)

    @property
    def open(self) -> list[dt.date]:
        """Today and the days to come."""
        return _span(self.today, self.last)


def _span(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def _days_of(user: User, habits: Collection[UserHabit], month: _Month) -> dict[UUID, HabitDays]:
    counts: dict[UUID, dict[dt.date, int]] = defaultdict(dict)
    logs = HabitLog.objects.of_days(month.first_before, month.today).filter(user_habit__in=habits)
    for pk, day, amount in logs.values_list("user_habit", "local_date").annotate(Sum("completed_count")).order_by():
        counts[pk][day] = amount
    rests = streak_cache.rests_of_person(user.pk, since=month.first_before)
    return {
        one.pk: streak_cache.habit_days(
            one,
            calendar=user.calendar,
            counts=counts[one.pk],
            rests=streak_cache.days_of(rests, one),
            first=month.first_before,
            last=month.last,
        )
        for one in habits
    }


def _of_habit(habit: UserHabit, its: HabitDays, target: int, month: _Month) -> GoalProgress:
    today = total_of_day([its], month.today, open_day=month.today)
    done = _sum([its], month.closed).done + today.done
    left = sum(_can_be_done(its, day) for day in month.open) - today.done
    before = _sum([its], month.before)
    lived = its.began_on < month.first and bool(before.asked)
    return GoalProgress(habit, target, done, done + left, left, before.done if lived else None)


def _can_be_done(its: HabitDays, day: dt.date) -> bool:
    """Asked for already, or due and not rested."""
    return bool(total_of_day([its], day).asked) or (
        day >= its.began_on and its.timeline.on(day).is_due(day) and day not in its.rested
    )


def _of_all(lived: list[HabitDays], target: int, month: _Month) -> GoalProgress:
    closed, coming = _sum(lived, month.closed), _sum(lived, month.open).asked
    best = DayTotal(closed.asked + coming, closed.done + coming)
    return GoalProgress(
        None,
        target,
        _percent(closed),
        _percent(best) or 0,
        len(month.open),
        _percent(_sum(lived, month.before)),
    )


def _sum(lived: list[HabitDays], days: list[dt.date]) -> DayTotal:
    return add_up(total_of_day(lived, day) for day in days)


def _percent(total: DayTotal) -> int | None:
    return None if total.share is None else round(100 * total.share)
