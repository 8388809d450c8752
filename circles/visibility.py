"""Who sees what in a circle. Pages, notifications and cheers ask here and nowhere else.

A member sees a habit of another only while the other shares it with this circle, does it (it is not paused until further
notice, archived or read-only), does not keep it private, is there (has not asked to leave the service), and while neither
has blocked the other. Of it they see days from `shared_on` on; a rest with dates is one of the days that they see.
"""

import datetime as dt
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from circles.models import CircleBlock, CircleMember, SharedHabit
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
