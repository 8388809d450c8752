"""How people are called on staff pages: colleagues by name, others by part of an address."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _


def signed_in(request: Any) -> UUID:
    """The id of who sends the request: staff pages open for accounts only."""
    return request.user.pk


def names(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """The name of each id. None is the service itself; an account that is gone is called so."""
    wanted = {pk for pk in ids if pk}
    known = {user.pk: _name(user) for user in get_user_model().objects.filter(pk__in=wanted)}
    return {None: _("서비스"), **{pk: known.get(pk, _("없어진 계정")) for pk in wanted}}


def _name(user: Any) -> str:
    """Of two colleagues a part of the address would be the same too often."""
    return (user.is_staff and user.name) or user.staff_name
