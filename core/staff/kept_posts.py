"""Keeps what was posted: without a fresh second factor or a reason, or in vain.

The first is sent again as it is (`keep`, `find`). What was typed for an act that was refused is on its page again, once
(`keep_typed`, `take_typed`). It is in the colleague's session, which is encrypted (ADR 7), for as long as a proof of the second factor lasts.
"""

import datetime as dt
from typing import Any, NamedTuple

from django.http import QueryDict

KEY = "staff_kept_post"
TYPED_KEY = "staff_typed_post"
LASTS = dt.timedelta(minutes=15)
# Of all names and values together; a longer form is not kept.
LONGEST = 200_000


class KeptPost(NamedTuple):
    path: str
    fields: list[tuple[str, str]]

    @property
    def has_reason(self) -> bool:
        return any(name == "why" and value.strip() for name, value in self.fields)


def keep(request: Any, *, at: dt.datetime) -> bool:
    """Keeps what this request posts; whether it could: files and very long forms are not kept."""
    return _keep(request, KEY, request.get_full_path(), at=at)


def keep_typed(request: Any, *, page: str, at: dt.datetime) -> bool:
    """Keeps what was typed for an act that was refused, for the page where it was typed."""
    return _keep(request, TYPED_KEY, page, at=at)


def take_typed(request: Any, *, at: dt.datetime) -> QueryDict | None:
    """What was typed on this page for the act that was refused just now; it is given once."""
    kept = request.session.get(TYPED_KEY)
    if kept is None or kept["path"] != request.path:
        return None
    del request.session[TYPED_KEY]
    if _is_old(kept, at=at):
        return None
    typed = QueryDict(mutable=True)
    for name, value in kept["fields"]:
        typed.appendlist(name, value)
    return typed


def _is_old(kept: dict[str, Any], *, at: dt.datetime) -> bool:
    return at.timestamp() - kept["at"] >= LASTS.total_seconds()


def _keep(request: Any, key: str, path: str, *, at: dt.datetime) -> bool:
    fields = [
        (name, value) for name in request.POST if name != "csrfmiddlewaretoken" for value in request.POST.getlist(name)
    ]
    if request.FILES or sum(len(name) + len(value) for name, value in fields) > LONGEST:
        return False
    request.session[key] = {"path": path, "fields": fields, "at": at.timestamp()}
    return True


def find(request: Any, *, at: dt.datetime) -> KeptPost | None:
    """What is kept, unless it is too old."""
    kept = request.session.get(KEY)
    if kept is None or _is_old(kept, at=at):
        return None
    return KeptPost(kept["path"], [(name, value) for name, value in kept["fields"]])


def forget(request: Any) -> None:
    request.session.pop(KEY, None)
