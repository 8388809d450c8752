"""Creating, joining and leaving a circle, and the names in it."""

from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from circles.models import MOST_MEMBERS, Circle, CircleMember
from core.db.compiled_queries import Compiled

# Circles of one person.
MOST_CIRCLES = 5


class MembershipRefused(Exception):
    """Nothing was written. Each subclass is one reason."""


class CircleFull(MembershipRefused):
    """It has ten members."""


class TooManyCircles(MembershipRefused):
    """The person is in as many circles as one may be."""


_OF_PERSON = Compiled(lambda user: CircleMember.objects.filter(user=user).order_by("joined_at"), user=uuid4())
_OF_CIRCLE = Compiled(
    lambda user, circle: CircleMember.objects.filter(user=user, circle=circle), user=uuid4(), circle=uuid4()
)


def of_person(user: User) -> list[CircleMember]:
    """The person in each of their circles, in the order in which they joined."""
    return [_with_user(one, user) for one in _OF_PERSON(user=user.pk)]


def of_circle(user: User, circle: UUID) -> CircleMember | None:
    """The person in that circle; None if they are not in it."""
    rows = _OF_CIRCLE(user=user.pk, circle=circle)
    return _with_user(rows[0], user) if rows else None


def _with_user(member: CircleMember, user: User) -> CircleMember:
    member.user = user
    return member


def create(user: User, *, circle_name: str, nickname: str) -> CircleMember:
    """Creates a circle with its first member. Raises TooManyCircles."""
    with transaction.atomic():
        lock_person(user)
        _must_have_room(user)
        circle = Circle.objects.create()
        return CircleMember.objects.create(circle=circle, user=user, seat=1, nickname=nickname, circle_name=circle_name)


def add(circle: Circle, user: User, *, circle_name: str, nickname: str) -> CircleMember:
    """Adds a person to a circle; the caller has locked the person, then the circle.

    Raises MembershipRefused.
    """
    _must_have_room(user)
    seat = free_seat(CircleMember.objects.filter(circle=circle), most=MOST_MEMBERS)
    if seat is None:
        raise CircleFull
    return CircleMember.objects.create(circle=circle, user=user, seat=seat, nickname=nickname, circle_name=circle_name)


def free_seat(rows: QuerySet, *, most: int) -> int | None:
    """The first number from 1 to `most` that is the seat of no row; None if all are taken."""
    taken = set(rows.values_list("seat", flat=True))
    return next((seat for seat in range(1, most + 1) if seat not in taken), None)


def lock_person(user: User) -> None:
    """Locks a person who creates or joins a circle: their circles are counted one by one."""
    User.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=user.pk)


def is_full(circle_id: UUID) -> bool:
    """Whether no seat is free; members that the reader has blocked sit there as well."""
    return CircleMember.objects.filter(circle=circle_id).count() >= MOST_MEMBERS


def rename(member: CircleMember, *, circle_name: str, nickname: str) -> None:
    """Changes the name that the others see, and what the person calls the circle."""
    member.circle_name, member.nickname = circle_name, nickname
    member.save(update_fields=["circle_name", "nickname"])


def leave(member: CircleMember) -> None:
    """Removes the member, with what they shared, sent and received there."""
    CircleMember.objects.filter(pk=member.pk).delete()


def _must_have_room(user: User) -> None:
    if user.circles.count() >= MOST_CIRCLES:
        raise TooManyCircles
