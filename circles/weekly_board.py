"""The weekly board of a circle: what share of the asked days each member has done.

The board is not stored. It exists only while every member agrees; each member's row says whether they do, and a new member
has not agreed yet. A block does not change who has to agree, but a viewer sees only the members whom they see elsewhere,
and no board if that is nobody.

A week is Monday to Sunday in the member's own time zone. Habits count from the day on which they were shared with the
circle. Members are compared by the share of asked days that were done, so that many habits are worth no more than one.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from accounts.days import monday_of
from circles.asked_days import HabitSpan
from circles.models import CircleMember, SharedHabit
from circles.visibility import Sight

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
    """Agrees to the board. A member who agreed before keeps the earlier time."""
    CircleMember.objects.filter(pk=member.pk, board_agreed_at=None).update(board_agreed_at=now)


def withdraw(member: CircleMember) -> None:
    """Ends the board for everybody, until the member agrees again."""
    CircleMember.objects.filter(pk=member.pk).update(board_agreed_at=None)


def board(sight: Sight) -> list[BoardPlace] | None:
    """The board as its viewer sees it.

    None while a member does not agree, or when the viewer sees nobody else.
    """
    if any(one.board_agreed_at is None for one in sight.members):
        return None
    seen = {one.pk for one in sight.people}
    on_it = [one for one in sight.members if one.pk in seen]
    if len(on_it) < FEWEST_PEOPLE or sight.viewer.pk not in {one.pk for one in on_it}:
        return None
    return places(_line(one, sight) for one in on_it)


def places(lines: Iterable[BoardLine]) -> list[BoardPlace]:
    """The lines by their share, equal shares together.

    Members who have done nothing yet come last, without a number.
    """
    by_share: dict[Fraction, list[BoardLine]] = defaultdict(list)
    for line in lines:
        by_share[line.share].append(line)
    begun = sorted((share for share in by_share if share), reverse=True)
    found = [BoardPlace(number, by_share[share]) for number, share in enumerate(begun, start=1)]
    waiting = by_share.get(Fraction(0))
    return [*found, BoardPlace(None, waiting)] if waiting else found


def _line(member: CircleMember, sight: Sight) -> BoardLine:
    today = sight.today(member)
    spans = [_week(shared, today) for shared in sight.shown.get(member.pk, [])]
    days = [sight.record.days(span).closed(today) for span in spans]
    return BoardLine(member, sum(len(one.asked) for one in days), sum(len(one.asked & one.done) for one in days))


def _week(shared: SharedHabit, today: dt.date) -> HabitSpan:
    """The week so far of a shared habit, from the day on which it was shared, or began."""
    begun = shared.user_habit.begins_on(shared.member.user.calendar)
    return HabitSpan(shared.user_habit, max(monday_of(today), shared.shared_on, begun), today)
