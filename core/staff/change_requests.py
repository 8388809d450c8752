"""Changes that need two people: one asks, another approves. The database holds that.

An `admin` module registers a kind of change; a request of it holds what is proposed and what it replaces. It ends after a
day. If what it replaces is no longer what is there, it is not made: the author has to ask again.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.http import HttpRequest

from core.staff.models import ChangeRequest
from core.text_format import Text

LASTS = dt.timedelta(hours=24)
# Looked at for a colleague's home.
MOST = 1000

State = ChangeRequest.State


@dataclasses.dataclass(frozen=True)
class ValueDifference:
    """One value that changes, as both are shown to the approver."""

    name: Text
    before: Any
    after: Any


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of change.

    `name` says what is changed, in the reader's language; the author's is stored for when it is gone. `permission` is what both people must hold. `current` gives what the change replaces, as it is now; `apply` makes the
    change in the name of the approver and may raise `Impossible`. `counts` says how much the change would touch.
    """

    label: Text
    permission: str
    current: Callable[[ChangeRequest], dict[str, Any]]
    apply: Callable[[ChangeRequest, HttpRequest], None]
    name: Callable[[ChangeRequest], str]
    differences: Callable[[ChangeRequest], list[ValueDifference]]
    counts: Callable[[ChangeRequest], list[tuple[Text, int | Text]]] = lambda _change: []

    def title(self, change: ChangeRequest) -> str:
        """What is done to what, in the reader's language."""
        try:
            subject = self.name(change)
        except ObjectDoesNotExist:
            subject = change.subject
        return f"{self.label}: {subject}"

    def may_decide(self, change: ChangeRequest, user: Any) -> bool:
        """Whether this colleague holds what both people need."""
        return user.has_perm(self.permission)


KINDS: dict[str, Kind] = {}


class SamePerson(Exception):
    """The author cannot approve."""


class NotWaiting(Exception):
    """The request was decided before."""


class AlreadyAsked(Exception):
    """Somebody asked for a change of the same thing; `other` is their request."""

    def __init__(self, other: ChangeRequest):
        super().__init__(other.pk)
        self.other = other


class ImpossibleChange(Exception):
    """The change cannot be made as it is; the text says why."""


def waiting_for(user: Any, *, at: dt.datetime) -> list[ChangeRequest]:
    """The requests that a colleague may decide or has asked for, the oldest first."""
    open_ones = ChangeRequest.objects.filter(state=State.WAITING, expires_at__gt=at).order_by("created_at")[:MOST]
    return [one for one in open_ones if one.author_id == user.pk or kind_of(one).may_decide(one, user)]


def is_outdated(change: ChangeRequest) -> bool:
    """Whether what it replaces is no longer there."""
    try:
        return kind_of(change).current(change) != change.before
    except ObjectDoesNotExist:
        return True


def differences_of(change: ChangeRequest) -> list[ValueDifference]:
    """What the approver compares; empty when the row is gone."""
    try:
        return kind_of(change).differences(change)
    except ObjectDoesNotExist:
        return []


def kind_of(change: ChangeRequest) -> Kind:
    return KINDS[change.kind]


@transaction.atomic
def propose(
    kind: str, target: str, proposed: dict[str, Any], *, author: UUID, why: str, at: dt.datetime
) -> ChangeRequest:
    """Asks for a change. Raises AlreadyAsked."""
    waiting = ChangeRequest.objects.select_for_update().filter(kind=kind, target=target, state=State.WAITING)
    for other in waiting:
        if other.expires_at > at:
            raise AlreadyAsked(other)
        _close(other, State.EXPIRED, at=at)
    change = ChangeRequest(
        kind=kind, target=target, proposed=proposed, author_id=author, why=why, created_at=at, expires_at=at + LASTS
    )
    change.subject = kind_of(change).name(change)[:200]
    change.before = kind_of(change).current(change)
    change.save(force_insert=True)
    return change


@transaction.atomic
def approve(pk: UUID, request: HttpRequest, *, at: dt.datetime) -> ChangeRequest:
    """Makes the change in the name of the person of this request.

    Its state says what became of it: done, expired or outdated. Raises SamePerson, NotWaiting, ImpossibleChange.
    """
    change = _waiting(pk)
    if change.author_id == request.user.pk:
        raise SamePerson
    if change.expires_at <= at:
        return _close(change, State.EXPIRED, at=at)
    kind = kind_of(change)
    if is_outdated(change):
        return _close(change, State.OUTDATED, at=at)
    change.approver_id = request.user.pk
    kind.apply(change, request)
    return _close(change, State.DONE, at=at)


@transaction.atomic
def refuse(pk: UUID, *, by: UUID, at: dt.datetime) -> ChangeRequest:
    """Refuses a request; its author withdraws it. Raises NotWaiting."""
    change = _waiting(pk)
    change.approver_id = None if by == change.author_id else by
    return _close(change, State.REFUSED, at=at)


def _waiting(pk: UUID) -> ChangeRequest:
    change = ChangeRequest.objects.select_for_update().get(pk=pk)
    if change.state != State.WAITING:
        raise NotWaiting
    return change


def _close(change: ChangeRequest, state: State, *, at: dt.datetime) -> ChangeRequest:
    change.state, change.decided_at = state, at
    change.save(update_fields=["state", "decided_at", "approver_id"])
    return change
