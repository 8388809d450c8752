"""The weekly board of a circle: who has done how much of what their days asked.

Nothing of it is stored. It is there only while everybody who is in the circle agrees: each says so in their own row, and somebody who joins has
not said so yet. Who has blocked whom changes nothing about that; of a board that is there one sees the people whom one
sees otherwise, and if that is nobody there is none.

The week is each person's own Monday to Sunday. It counts the habits that they show to the circle, from the day on which
they showed them. What counts is the share of the asked days that were done and not their number, so that many habits
are worth no more than one.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from accounts.days import ONE_DAY
from circles import asked_days, visibility
from circles.asked_days import AskedDays, HabitSpan
from circles.models import CircleMember, SharedHabit

FEWEST_PEOPLE = 2


@dataclass(frozen=True)
class BoardLine:
    """What a person did of what their week has asked so far, over their shared habits."""

    member: CircleMember
    asked: int
    done: int

    @property
    def share(self) -> Fraction:
        """Exact, so that equal shares are equal."""
        return Fraction(self.done, self.asked) if self.asked else Fraction(0)


@dataclass(frozen=True)
class BoardPlace:
    """Everybody with one share.

    `number` counts the shares from the highest; None where nothing is done yet.
    """

    number: int | None
    lines: list[BoardLine]


def agree(member: CircleMember, *, now: dt.datetime) -> None:
    """Agrees to the board; who has agreed stays so since then."""
    CircleMember.objects.filter(pk=member.pk, board_agreed_at=None).update(board_agreed_at=now)


def withdraw(member: CircleMember) -> None:
    """Ends the board for everybody, until the member agrees again."""
    CircleMember.objects.filter(pk=member.pk).update(board_agreed_at=None)


def board(viewer: CircleMember, *, now: dt.datetime) -> list[BoardPlace] | None:
    """The board as the viewer sees it.

    None while somebody does not agree, or they see nobody else.
    """
    present = CircleMember.objects.filter(circle=viewer.circle_id, user__is_active=True)
    # One statement decides about everybody.
    people = list(present.select_related("user").order_by("seat"))
    if any(one.board_agreed_at is None for one in people):
        return None
    seen = {viewer.pk, *visibility.others(viewer).values_list("pk", flat=True)}
    shown = [one for one in people if one.pk in seen]
    if len(shown) < FEWEST_PEOPLE or viewer.pk not in {one.pk for one in shown}:
        return None
    return places(_lines(viewer, shown, now=now))


def places(lines: Iterable[BoardLine]) -> list[BoardPlace]:
    """The lines by their share, equal ones together.

    Nobody who has done nothing yet has a place.
    """
    by_share: dict[Fraction, list[BoardLine]] = defaultdict(list)
    for line in lines:
        by_share[line.share].append(line)
    begun = sorted((share for share in by_share if share), reverse=True)
    found = [BoardPlace(number, by_share[share]) for number, share in enumerate(begun, start=1)]
    waiting = by_share.get(Fraction(0))
    return [*found, BoardPlace(None, waiting)] if waiting else found


def _lines(viewer: CircleMember, people: list[CircleMember], *, now: dt.datetime) -> list[BoardLine]:
    today = {one.pk: one.user.calendar.day_of(now) for one in people}
    shown = visibility.shown_to(viewer) | visibility.shown_by(viewer)
    found = list(shown.filter(member__in=people).select_related("member__user", "user_habit"))
    read = asked_days.read([_week(one, today[one.member_id]) for one in found])
    days: dict[UUID, list[AskedDays]] = defaultdict(list)
    for one in found:
        # Without an entry, its week has no day yet.
        if its := read.get(one.user_habit_id):
            days[one.member_id].append(its.closed(today[one.member_id]))
    return [_line(one, days[one.pk]) for one in people]


def _line(member: CircleMember, days: list[AskedDays]) -> BoardLine:
    return BoardLine(member, sum(len(one.asked) for one in days), sum(len(one.asked & one.done) for one in days))


def _week(shared: SharedHabit, today: dt.date) -> HabitSpan:
    """The week so far of a shared habit, from the day on which it was shared, or began."""
    monday = today - today.weekday() * ONE_DAY
    begun = shared.user_habit.begins_on(shared.member.user.calendar)
    return HabitSpan(shared.user_habit, max(monday, shared.shared_on, begun), today)
