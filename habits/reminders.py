"""Reminders: when the next one is, which are due, whether each is useful, and its data.

A reminder belongs to a day and a time on the person's clock. `user_habits.next_reminder_at` is indexed, so a run costs
what is due, not what exists. Reading, writing to the outbox and planning the next time are one transaction, so two
workers, two beats or a crash remind once.

    slots    a person's clock may skip a time (it comes once, right after the gap) or repeat it (the first counts)
    silent   no reminder when done, resting, not due, paused or archived: decided at the moment it is due
    late     more than 30 minutes late it is useless: dropped and counted

The values `next_reminder_at` depends on may change anywhere (the habit's rule, its times, the person's zone). Triggers
then set it to now: no reminder is due at that instant, and the next one is planned.
"""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.days import ONE_DAY, Calendar
from accounts.models import User
from core.db.work import IsOver, never
from habits import streak_cache
from habits.models import UserHabit
from habits.schedules import Rule
from habits.streak_cache import HabitStanding, Rests
from habits.streaks import Reason
from notifications import kept_words, outbox
from notifications.models import Notification

LATE = dt.timedelta(minutes=30)
MOST_TIMES = 12
BATCH = 50
# The rarest schedule, every 365 days, may take seven years to reach a chosen weekday.
HORIZON = 7 * 366


class Slot(NamedTuple):
    """A time on one of the person's days, and its instant."""

    at: dt.datetime
    day: dt.date
    clock: dt.time


class Reminded(NamedTuple):
    """The result of a run: reminders written, too late, and left out as they would not help."""

    written: int = 0
    late: int = 0
    silent: int = 0

    def __add__(self, other: "Reminded") -> "Reminded":  # type: ignore[override]
        return Reminded(*map(sum, zip(self, other, strict=True)))


def set_times(user: User, user_habit_id: UUID, *, times: list[dt.time], days: list[int], at: dt.datetime) -> UserHabit:
    """Set the reminder times and ISO weekdays (none: every due day), and plan the next one.

    Raises UserHabit.DoesNotExist.
    """
    with transaction.atomic():
        user_habit = UserHabit.objects.select_for_update(of=("self",)).get(user=user, pk=user_habit_id)
        user_habit.reminder_times = [f"{time:%H:%M}" for time in sorted(set(times))[:MOST_TIMES]]
        user_habit.reminder_days = sorted({day for day in days if 1 <= day <= 7})
        user_habit.next_reminder_at = plan(user_habit, calendar=user.calendar, after=at)
        user_habit.save(update_fields=["reminder_times", "reminder_days", "next_reminder_at", "updated_at"])
    return user_habit


def plan(user_habit: UserHabit, *, calendar: Calendar, after: dt.datetime) -> dt.datetime | None:
    """The first instant after `after` at which to remind, None when there is none."""
    slot = next(slots(user_habit, calendar=calendar, after=after), None)
    return slot.at if slot else None


def slots(user_habit: UserHabit, *, calendar: Calendar, after: dt.datetime) -> Iterator[Slot]:
    """The reminders after `after`, by rule, weekdays and clock; rests and check-ins are ignored."""
    times = times_of(user_habit)
    if not user_habit.is_active or not times:
        return
    timeline, chosen = user_habit.timeline, set(user_habit.reminder_days or [])
    # A time before the start of the day belongs to the previous day, and a clock gap may push it past that day's end.
    first = calendar.day_of(after) - ONE_DAY
    for day in (first + n * ONE_DAY for n in range(HORIZON)):
        if user_habit.started_on and day < user_habit.started_on:
            continue
        if (chosen and day.isoweekday() not in chosen) or not timeline.on(day).is_due(day) or not calendar.exists(day):
            continue
        of_day = sorted(Slot(calendar.at(day, clock), day, clock) for clock in times)
        yield from (slot for slot in of_day if slot.at > after)


def times_of(user_habit: UserHabit) -> list[dt.time]:
    """`reminder_times` as times.

    Invalid values are skipped: any writer of the column may have left them.
    """
    return [time for text in user_habit.reminder_times or [] if (time := _time(text))]


def remind(*, now: dt.datetime, is_over: IsOver = never) -> Reminded:
    """Write due reminders to the outbox, the longest due first, and plan the next ones.

    Stops once `is_over`.
    """
    total = Reminded()
    while not is_over() and (batch := _remind_batch(now=now)) is not None:
        total += batch
    return total


def due(now: dt.datetime) -> QuerySet[UserHabit]:
    return UserHabit.objects.filter(next_reminder_at__lte=now).order_by("next_reminder_at")


def _remind_batch(*, now: dt.datetime) -> Reminded | None:
    """One batch, or None when nothing is due that another worker has not locked.

    All due reminders of a person are taken together, so that they can be bundled.
    """
    with transaction.atomic():
        ours = due(now).select_for_update(of=("self",), skip_locked=True)
        people = {user_id for _pk, user_id in ours.values_list("pk", "user_id")[:BATCH]}
        if not people:
            return None
        batch = list(ours.filter(user__in=people).select_related("user", "habit").defer("notes"))
        through = min((user_habit.streak_through or dt.date.min for user_habit in batch), default=dt.date.min)
        rests = streak_cache.rests_by_habit(batch, since=through)
        total = Reminded()
        for user_habit in batch:
            total += _remind_one(user_habit, rests=rests.get(user_habit.pk, []), now=now)
        UserHabit.objects.bulk_update(batch, ["next_reminder_at"])
        outbox.count("reminder late", on=now.date(), times=total.late)
        if total.written:
            outbox.wake()
    return total


def _remind_one(user_habit: UserHabit, *, rests: Rests, now: dt.datetime) -> Reminded:
    calendar = user_habit.user.calendar
    # After a long stop only the times of the last day are looked at one by one.
    since = max(user_habit.next_reminder_at or now, now - ONE_DAY) - dt.timedelta(microseconds=1)
    ahead = slots(user_habit, calendar=calendar, after=since)
    passed = list(itertools.takewhile(lambda slot: slot.at <= now, ahead))
    user_habit.next_reminder_at = plan(user_habit, calendar=calendar, after=now)
    fresh = [slot for slot in passed if now - slot.at <= LATE]
    if not fresh or not user_habit.user.is_active:
        return Reminded(late=len(passed) - len(fresh))
    standing = streak_cache.current(user_habit, today=calendar.day_of(now), calendar=calendar, rests=rests)
    helps = would_help(user_habit.rule, standing)
    written = sum(helps and _write(user_habit, standing, slot) for slot in fresh)
    return Reminded(written=written, late=len(passed) - len(fresh), silent=len(fresh) - written)


def would_help(rule: Rule, standing: HabitStanding) -> bool:
    """Whether something is left to do, or a limit left to keep, today."""
    streak = standing.streak
    if rule.schedule.totals and rule.is_full(streak.tally):
        return False
    if rule.direction == "at_most":
        return streak.today == Reason.OPEN and rule.met(standing.count)
    if streak.today != Reason.OPEN or rule.met(standing.count):
        return False
    return rule.schedule.wants_more(streak.tally)


def _write(user_habit: UserHabit, standing: HabitStanding, slot: Slot) -> bool:
    written = outbox.send(
        user_habit.user,
        template="habit_reminder",
        effect_key=f"reminder:{user_habit.pk}:{slot.day}:{slot.clock:%H:%M}",
        at=slot.at,
        type=Notification.Type.HABIT_REMINDER,
        data=message_data(user_habit, standing, day=slot.day) | {"to": ["habits:habit", str(user_habit.pk)]},
        once=True,
        expires_at=slot.at + LATE,
        wake_workers=False,
    )
    return written is not None


def message_data(user_habit: UserHabit, standing: HabitStanding, *, day: dt.date) -> dict[str, Any]:
    """The data of the message: the progress so far and the smallest next step."""
    rule, streak = user_habit.rule, standing.streak
    count = streak.tally if rule.schedule.totals else standing.count
    with outbox.speaking_to(user_habit.user):
        name = user_habit.kept_name
        tip = kept_words.of_list(user_habit.habit, "tips", turn=day.toordinal())
    return {
        "name": name,
        "at_most": rule.direction == "at_most",
        "days": streak.current if streak.unit == "days" else 0,
        "times": rule.schedule.week_times,
        "tally": streak.tally,
        "begun": streak.total > 0,
        "period": rule.schedule.unit if rule.schedule.totals else "",
        "count": count,
        "left": max(rule.target - count, 0),
        "target": rule.target,
        "unit": rule.unit,
        "step": rule.step if rule.unit and rule.target > 1 else 0,
        "anchor": user_habit.anchor or "",
        "tip": tip,
    }


def _time(text: Any) -> dt.time | None:
    try:
        time = dt.time.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time.replace(second=0, microsecond=0) if time.tzinfo is None else None
