"""How staff are called on staff pages: by a part of their address, as everybody is."""

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
    known = {user.pk: user.masked_email for user in get_user_model().objects.filter(pk__in=wanted)}
    return {None: _("서비스"), **{pk: known.get(pk, _("없어진 계정")) for pk in wanted}}
