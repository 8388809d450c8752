"""Invitation links: one for each circle, limited in time and uses, closed by any member."""

import datetime as dt
import secrets
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from circles import membership, visibility
from circles.models import Circle, CircleInvitation, CircleMember
from core import retention_periods
from core.db.compiled_queries import Compiled

KEPT_FOR = retention_periods.CIRCLE_INVITATIONS.timedelta
USES = 5


class InvitationClosed(Exception):
    """The link does not work, or not any more; nothing was written."""


def _open(now: dt.datetime) -> QuerySet[CircleInvitation]:
    return CircleInvitation.objects.filter(expires_at__gt=now, uses_left__gt=0, made_by__user__is_active=True)


_OF_CIRCLE = Compiled(
    lambda circle, now: _open(now).filter(circle=circle),
    circle=uuid4(),
    now=dt.datetime(1970, 1, 2, tzinfo=dt.UTC),
)


def make(member: CircleMember, *, now: dt.datetime) -> CircleInvitation:
    """A new link, instead of the one that the circle has."""
    with transaction.atomic():
        Circle.objects.select_for_update().get(pk=member.circle_id)
        CircleInvitation.objects.filter(circle=member.circle_id).delete()
        return CircleInvitation.objects.create(
            circle_id=member.circle_id,
            made_by=member,
            token=secrets.token_urlsafe(16),
            uses_left=USES,
            expires_at=now + KEPT_FOR,
        )


def close(member: CircleMember) -> None:
    CircleInvitation.objects.filter(circle=member.circle_id).delete()


def open_of(member: CircleMember, *, now: dt.datetime) -> CircleInvitation | None:
    """The circle's open link."""
    found = _OF_CIRCLE(circle=member.circle_id, now=now)
    return found[0] if found else None


def find(token: str, user: User, *, now: dt.datetime) -> CircleInvitation:
    """The invitation behind a link, for this person. Raises InvitationClosed."""
    found = _open(now).filter(token=token).select_related("made_by").first()
    if found is None or visibility.is_hidden(user.pk, found.made_by.user_id):
        raise InvitationClosed
    return found


def accept(token: str, user: User, *, nickname: str, now: dt.datetime) -> CircleMember:
    """Makes the person a member. Somebody who is one already stays it, and uses nothing up.

    Raises InvitationClosed and MembershipRefused.
    """
    with transaction.atomic():
        found = find(token, user, now=now)
        membership.lock_person(user)
        circle = Circle.objects.select_for_update().filter(pk=found.circle_id).first()
        # Read again under the lock: the last use may have gone meanwhile.
        found = find(token, user, now=now)
        if circle is None:
            raise InvitationClosed
        if member := circle.members.filter(user=user).first():
            return member
        member = membership.add(circle, user, circle_name=found.made_by.circle_name, nickname=nickname)
        found.uses_left -= 1
        found.save(update_fields=["uses_left"])
        return member
