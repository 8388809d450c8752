"""Streaks kept together: who takes part, and how they stand for somebody who looks.

Who looks counts with the parts that they see: a person who is blocked, or no longer shares the habit, is not in it.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from circles import asked_days, together_streaks, visibility
from circles.asked_days import AskedDays, HabitSpan
from circles.models import MOST_TOGETHER, Circle, CircleMember, SharedHabit, TogetherPart
from circles.together_streaks import Part, TogetherStreak
from habits.models import UserHabit


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
    """Takes part from today on, or from the first day that is shown; a part that is there stays.

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
            # After a journey westwards today is earlier than the day on which it was shared.
            joined_on=max(today, shared.shared_on),
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
        if visibility.has_begun(part.shared, part.shared.member.user, now=now):
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
    spans = {
        part.pk: HabitSpan(part.shared.user_habit, part.joined_on, part.shared.member.user.calendar.day_of(now))
        for part in parts
    }
    found = asked_days.read(spans.values())
    return {pk: _part(span, found.get(span.user_habit.pk)) for pk, span in spans.items()}


def _part(span: HabitSpan, days: AskedDays | None) -> Part:
    """After a journey westwards the day on which it was joined may be still to come: it has no days yet."""
    return Part(span.first, span.last, days.asked if days else set(), days.done if days else set())
