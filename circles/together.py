"""Streaks kept together: who takes part, and how they stand for somebody who looks.

Who looks counts with the parts that they see: a person who is blocked, or no longer shares the habit, is not in it.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from circles import membership, together_streaks, visibility
from circles.asked_days import HabitSpan
from circles.models import MOST_TOGETHER, Circle, CircleMember, SharedHabit, TogetherPart
from circles.together_streaks import PersonPart, TogetherStreak
from circles.visibility import Sight
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
    days: dict[UUID, PersonPart]


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
        seat = membership.free_seat(parts, most=MOST_TOGETHER)
        if seat is None:
            raise TogetherFull
        TogetherPart.objects.create(
            shared=shared,
            circle_id=member.circle_id,
            habit_id=shared.user_habit.habit_id,
            seat=seat,
            # After a journey westwards today is earlier than the day on which it was shared.
            joined_on=max(today, shared.shared_on),
        )


def end(shared: SharedHabit) -> None:
    """Ends this part. The others go on."""
    TogetherPart.objects.filter(shared=shared).delete()


def standings(sight: Sight) -> list[TogetherStanding]:
    """The streaks in which the viewer takes part with at least one whom they see."""
    by_habit: dict[UUID, list[TogetherPart]] = defaultdict(list)
    for member in sight.people:
        for shared in sight.shown.get(member.pk, []):
            if part := visibility.together_part(shared):
                by_habit[part.habit_id].append(part)
    kept = [_mine_first(parts) for parts in by_habit.values() if len(parts) > 1 and _is_mine(parts[0], sight)]
    return [_standing(parts, sight) for parts in kept]


def _is_mine(part: TogetherPart, sight: Sight) -> bool:
    return part.shared.member_id == sight.viewer.pk


def _mine_first(parts: list[TogetherPart]) -> list[TogetherPart]:
    return [parts[0], *sorted(parts[1:], key=lambda part: part.seat)]


def _standing(parts: list[TogetherPart], sight: Sight) -> TogetherStanding:
    days = {part.pk: _part(part, sight) for part in parts}
    return TogetherStanding(parts, together_streaks.fold([days[part.pk] for part in parts]), days)


def _part(part: TogetherPart, sight: Sight) -> PersonPart:
    """What its days asked and what was done on them, since it was joined.

    After a journey westwards that day may be still to come: it has no days yet.
    """
    span = HabitSpan(part.shared.user_habit, part.joined_on, sight.today(part.shared.member))
    days = sight.record.days(span)
    return PersonPart(span.first, span.last, days.asked, days.done)
