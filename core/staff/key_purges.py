"""Purging a key of the ring, which two operators do.

A purged key is a row: every process takes it off its ring within seconds (core/crypto/purged_keys.py), and the operators'
page says when it can leave the environment. Only a key that nothing uses is purged.
"""

import dataclasses
import datetime as dt
import hashlib
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.crypto import keyring, purged_keys, rotation
from core.staff import change_requests, permissions
from core.staff.change_requests import ImpossibleChange, Kind, ValueDifference
from core.staff.models import ChangeRequest, PurgedKey

KIND = "key"


class NotOnRing(ObjectDoesNotExist):
    """The ring has no such key: it was purged, has left the environment, or never was there."""


class PurgeRefused(Exception):
    """The key cannot be purged; the text says why."""


@dataclasses.dataclass(frozen=True)
class DryRun:
    """What purging a key would touch, counted now. It reads every sealed column."""

    key_id: str
    # How many values each column holds under the key.
    uses: dict[str, int]
    # The key that seals.
    newest: str

    @property
    def refusal(self) -> str:
        """Why the key cannot be purged; empty when it can."""
        if self.key_id == self.newest:
            return _("지금 잠그는 열쇠라서 파기할 수 없어요. 먼저 새 열쇠를 앞에 두어야 해요.")
        if number := sum(self.uses.values()):
            said = ngettext(
                "이 열쇠로만 열 수 있는 값이 %(n)s개 있어서 파기할 수 없어요. 먼저 새 열쇠로 옮겨야 해요.",
                "이 열쇠로만 열 수 있는 값이 %(n)s개 있어서 파기할 수 없어요. 먼저 새 열쇠로 옮겨야 해요.",
                number,
            )
            return said % {"n": f"{number:,}"}
        return ""

    @property
    def state(self) -> dict[str, Any]:
        """What both people decide about: with another one the second person is asked again."""
        return {"newest": self.newest, "values": sum(self.uses.values())}

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr((self.key_id, self.newest, sorted(self.uses.items()))).encode()).hexdigest()


def dry_run(key_id: str) -> DryRun:
    """Raises NotOnRing."""
    ring = keyring.current()
    if key_id not in ring.masters:
        raise NotOnRing(key_id)
    return DryRun(key_id, rotation.uses_of(key_id), ring.primary)


def ask(key_id: str, *, seen: str, author: UUID, why: str, at: dt.datetime) -> ChangeRequest | None:
    """Asks a second person to purge the key; None when it changed since the author saw it.

    Raises NotOnRing, PurgeRefused, change_requests.AlreadyAsked.
    """
    found = dry_run(key_id)
    if found.refusal:
        raise PurgeRefused(found.refusal)
    if found.digest != seen:
        return None
    return change_requests.propose(KIND, key_id, {"purged": True}, author=author, why=why, at=at)


def _apply(change: ChangeRequest, _request: Any) -> None:
    found = dry_run(change.target)
    if found.refusal:
        raise ImpossibleChange(found.refusal)
    PurgedKey.objects.create(key_id=change.target, request_id=change.pk, purged_at=timezone.now())
    transaction.on_commit(purged_keys.read)


def _differences(change: ChangeRequest) -> list[ValueDifference]:
    return [
        ValueDifference(_("열쇠 %(key)s") % {"key": change.target}, _("값을 열 수 있어요"), _("아무것도 열지 못해요"))
    ]


change_requests.KINDS[KIND] = Kind(
    label=gettext_lazy("열쇠 파기"),
    permission=permissions.permission("operations_purge"),
    current=lambda change: dry_run(change.target).state,
    apply=_apply,
    name=lambda change: change.target,
    differences=_differences,
    # They are shown while `current` says the same, which has just counted.
    counts=lambda change: [(gettext_lazy("이 열쇠로 잠긴 값"), change.before["values"])],
)
