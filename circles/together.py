"""Streaks kept together: who takes part, and how they stand for somebody who looks.

Who looks counts with the parts that they see: a person who is blocked, or no longer shares the habit, is not in it.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from accounts.days import ONE_DAY
from circles import together_streaks, visibility
from circles.models import MOST_TOGETHER, Circle, CircleMember, SharedHabit, TogetherPart
from circles.together_streaks import Part, TogetherStreak
from habits import streak_cache
from habits.models import HabitLog, UserHabit


class TogetherRefused(Exception):
    """Nothing was written. Each subclass is one reason."""


class TogetherFull(TogetherRefused):
    """Five people keep it already."""


class NotByTheDay(TogetherRefused):
    """The habit is not of the catalogue, or is not judged by the day."""


@dataclass(frozen=True)
class TogetherStanding:
    """One streak: the viewer's part first, then the others'."""

    parts: list[TogetherPart]
    streak: TogetherStreak
    days: dict[UUID, Part]


def fits(user_habit: UserHabit) -> bool:
    """Whether a habit can be kept together: it is of the catalogue, and judged by the day."""
    return user_habit.habit.owner_id is None and user_habit.rule.schedule.judged == "day"


def join(member: CircleMember, shared: SharedHabit, *, today: dt.date) -> None:
    """Takes part from today on; a part that is there stays.

    Raises TogetherRefused, and SharedHabit.DoesNotExist if it goes meanwhile.
    """
    if not fits(shared.user_habit):
        raise NotByTheDay
    with transaction.atomic():
        Circle.objects.select_for_update().get(pk=member.circle_id)
        SharedHabit.objects.select_for_update(no_key=True).get(pk=shared.pk)
        parts = TogetherPart.objects.filter(circle=member.circle_id, habit=shared.user_habit.habit_id)
        if parts.filter(shared=shared).exists():
            return
        taken = set(parts.values_list("seat", flat=True))
        free = [seat for seat in range(1, MOST_TOGETHER + 1) if seat not in taken]
        if not free:
            raise TogetherFull
        TogetherPart.objects.create(
            shared=shared,
            circle_id=member.circle_id,
            habit_id=shared.user_habit.habit_id,
            seat=free[0],
            joined_on=today,
        )


def end(shared: SharedHabit) -> None:
    """Ends this part. The others go on."""
    TogetherPart.objects.filter(shared=shared).delete()


def waiting(member: CircleMember) -> set[UUID]:
    """The shared habits with which the member takes part, also where nobody else does yet."""
    return set(TogetherPart.objects.filter(shared__member=member).values_list("shared", flat=True))


def standings(viewer: CircleMember, *, now: dt.datetime) -> list[TogetherStanding]:
    """The streaks in which the member takes part with at least one whom they see."""
    shown = visibility.shown_by(viewer) | visibility.shown_to(viewer)
    found = TogetherPart.objects.filter(circle=viewer.circle_id, shared__in=shown.values("pk")).order_by("seat")
    by_habit: dict[UUID, list[TogetherPart]] = defaultdict(list)
    for part in found.select_related("shared__member__user", "shared__user_habit__habit__category"):
        by_habit[part.habit_id].append(part)
    kept = [parts for parts in by_habit.values() if len(parts) > 1 and _mine_first(parts, viewer)]
    days = _days([part for parts in kept for part in parts], now=now)
    return [TogetherStanding(parts, together_streaks.fold([days[part.pk] for part in parts]), days) for parts in kept]


def _mine_first(parts: list[TogetherPart], viewer: CircleMember) -> bool:
    """Puts the viewer's part first. False if they have none."""
    parts.sort(key=lambda part: part.shared.member_id != viewer.pk)
    return parts[0].shared.member_id == viewer.pk


def _days(parts: list[TogetherPart], *, now: dt.datetime) -> dict[UUID, Part]:
    """What each part's days asked and what was done on them, since it was joined."""
    if not parts:
        return {}
    habits = {part.pk: part.shared.user_habit for part in parts}
    today = {part.pk: part.shared.member.user.calendar.day_of(now) for part in parts}
    first = min(part.joined_on for part in parts)
    logs = HabitLog.objects.of_days(first, max(today.values())).filter(user_habit__in=habits.values())
    counts: dict[UUID, dict[dt.date, int]] = defaultdict(dict)
    for pk, day, amount in logs.values_list("user_habit", "local_date").annotate(Sum("completed_count")):
        counts[pk][day] = amount
    rests = streak_cache.rests_by_habit(habits.values(), since=first)
    return {
        part.pk: _part(part, habits[part.pk], today[part.pk], counts[habits[part.pk].pk], rests[habits[part.pk].pk])
        for part in parts
    }


def _part(
    row: TogetherPart, habit: UserHabit, today: dt.date, counts: dict[dt.date, int], rests: streak_cache.Rests
) -> Part:
    timeline = habit.timeline
    days = [row.joined_on + n * ONE_DAY for n in range((today - row.joined_on).days + 1)]
    rules = {day: timeline.on(day) for day in days}
    due = {day for day, rule in rules.items() if rule.schedule.judged == "day" and rule.is_due(day)}
    asked = {day for day in due if not any(first <= day and (last is None or day <= last) for first, last in rests)}
    done = {day for day, rule in rules.items() if rule.completes(counts.get(day, 0))}
    return Part(row.joined_on, today, asked, done)
