"""Who sees what in a circle. Pages, notifications and cheers ask here and nowhere else.

A member sees a habit of another only while the other shares it with this circle, does it (it is not paused until further
notice, archived or read-only), does not keep it private, is there (has not asked to leave the service), and while neither
has blocked the other. Of it they see days from `shared_on` on; a rest with dates is one of the days that they see.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.days import ONE_DAY, monday_of
from accounts.models import User
from circles import asked_days
from circles.asked_days import DayRecord
from circles.models import CircleBlock, CircleMember, SharedHabit, TogetherPart
from core.db.compiled_queries import Compiled
from habits.models import Direction, UserHabit


def shareable(path: str = "") -> Q:
    """The condition of habits that may be shown.

    `path` leads to the habit, as in `user_habit__`. A habit to reduce is judged when its day is over: it has no ring.
    """
    facts = {
        "status": UserHabit.Status.ACTIVE,
        "is_read_only": False,
        "direction": Direction.AT_LEAST,
        "private": None,
    }
    return Q(**{path + name: value for name, value in facts.items()})


@dataclass(frozen=True)
class Sight:
    """What a member sees of a circle at one moment, read at once for a whole page.

    `members` are all who are in the circle, seen or not; `shown` the habits whose first shown day has come, by member in
    the order of their person's list, the viewer's own too; `record` their days from this week on, or since they are
    kept together.
    """

    viewer: CircleMember
    now: dt.datetime
    members: list[CircleMember]
    others: list[CircleMember]
    shown: dict[UUID, list[SharedHabit]]
    record: DayRecord

    @property
    def people(self) -> list[CircleMember]:
        """The viewer, and those whom they see."""
        return [self.viewer, *self.others]

    def today(self, member: CircleMember) -> dt.date:
        return member.user.calendar.day_of(self.now)


def _with_blocks(circle: UUID, viewer: UUID) -> QuerySet[CircleMember]:
    members = CircleMember.objects.filter(circle=circle, user__is_active=True)
    either = Q(blocker=viewer, blocked=OuterRef("user")) | Q(blocked=viewer, blocker=OuterRef("user"))
    hidden = Exists(CircleBlock.objects.filter(either))
    return members.select_related("user").annotate(is_hidden=hidden).order_by("seat")


# One statement decides about everybody, so that no two answers are of different moments.
_MEMBERS = Compiled(_with_blocks, circle=uuid4(), viewer=uuid4())
_SHARED = Compiled(
    lambda circle: (
        SharedHabit.objects.filter(shareable("user_habit__"), member__circle=circle)
        .select_related("user_habit__habit__category", "together")
        .order_by("user_habit__sort_order", "user_habit__pk")
    ),
    circle=uuid4(),
)


def see(viewer: CircleMember, *, now: dt.datetime) -> Sight:
    """What the member sees now, in four statements."""
    members = _MEMBERS(circle=viewer.circle_id, viewer=viewer.user_id)
    others = [one for one in members if one.pk != viewer.pk and not one.is_hidden]  # type: ignore[attr-defined] # annotated
    shown = _shown({one.pk: one for one in [viewer, *others]}, now=now)
    firsts = {one.user_habit: _first_read(one, now=now) for rows in shown.values() for one in rows}
    # No person's present day is later, in any zone.
    record = asked_days.record(firsts, last=now.date() + ONE_DAY)
    return Sight(viewer, now, members, others, shown, record)


def _shown(people: dict[UUID, CircleMember], *, now: dt.datetime) -> dict[UUID, list[SharedHabit]]:
    shown: dict[UUID, list[SharedHabit]] = defaultdict(list)
    for shared in _SHARED(circle=next(iter(people.values())).circle_id):
        if member := people.get(shared.member_id):
            shared.member, shared.user_habit.user = member, member.user
            if has_begun(shared, member.user, now=now):
                shown[member.pk].append(shared)
    return shown


def _first_read(shared: SharedHabit, *, now: dt.datetime) -> dt.date:
    """The first day that a page reads: this Monday for the ring and the board, or an earlier one for a streak kept together."""
    today = shared.member.user.calendar.day_of(now)
    part = together_part(shared)
    return min([monday_of(today), *([part.joined_on] if part else [])])


def together_part(shared: SharedHabit) -> TogetherPart | None:
    """The part in a streak kept together, of a shared habit of a `Sight`."""
    return getattr(shared, "together", None)


def others(viewer: CircleMember) -> QuerySet[CircleMember]:
    """The other members whom this one sees."""
    there = CircleMember.objects.filter(circle=viewer.circle_id, user__is_active=True).exclude(pk=viewer.pk)
    blocked = CircleBlock.objects.filter(blocker=viewer.user_id).values("blocked")
    blocking = CircleBlock.objects.filter(blocked=viewer.user_id).values("blocker")
    return there.exclude(user__in=blocked).exclude(user__in=blocking)


def shown_to(viewer: CircleMember) -> QuerySet[SharedHabit]:
    """What the others show to this member."""
    return SharedHabit.objects.filter(shareable("user_habit__"), member__in=others(viewer))


def shown_by(member: CircleMember) -> QuerySet[SharedHabit]:
    """What this member shows to the others."""
    return SharedHabit.objects.filter(shareable("user_habit__"), member=member)


def has_begun(shared: SharedHabit, user: User, *, now: dt.datetime) -> bool:
    """Whether the first day that is shown has come for its person.

    After a journey westwards it is still to come.
    """
    return shared.shared_on <= user.calendar.day_of(now)


def is_hidden(one: UUID, other: UUID) -> bool:
    """Whether one of two people has blocked the other."""
    return CircleBlock.objects.filter(Q(blocker=one, blocked=other) | Q(blocker=other, blocked=one)).exists()
