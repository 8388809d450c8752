"""Keeps a form that was posted without a fresh second factor or a reason.

It is in the colleague's session, which is encrypted (ADR 7), for as long as a proof of the second factor lasts.
"""

import datetime as dt
from typing import Any, NamedTuple

KEY = "staff_kept_post"
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
    fields = [
        (name, value) for name in request.POST if name != "csrfmiddlewaretoken" for value in request.POST.getlist(name)
    ]
    if request.FILES or sum(len(name) + len(value) for name, value in fields) > LONGEST:
        return False
    request.session[KEY] = {"path": request.get_full_path(), "fields": fields, "at": at.timestamp()}
    return True


def find(request: Any, *, at: dt.datetime) -> KeptPost | None:
    """What is kept, unless it is too old."""
    kept = request.session.get(KEY)
    if kept is None or at.timestamp() - kept["at"] >= LASTS.total_seconds():
        return None
    return KeptPost(kept["path"], [(name, value) for name, value in kept["fields"]])


def forget(request: Any) -> None:
    request.session.pop(KEY, None)
