"""Django's history of a row, with the reason beside what was done.

Django stores what was done as a list of parts, or as a sentence. A reason is one more part, which Django's own reader skips:

    [{"changed": {"fields": ["이름"]}}, {"why": "오타를 고쳐요"}]

An act is one more kind of part, so that each colleague reads it in their own language:

    [{"act": "habits_habit:feature"}]
"""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext

from core.staff import act_names, colleagues, row_trail

_SAID, _WHY, _ACT = "said", "why", "act"


# The trail is written with the row, Django's history after it, in the same request.
_TOGETHER = dt.timedelta(seconds=5)


class Told(NamedTuple):
    """An entry as colleagues read it."""

    at: dt.datetime
    who: str
    said: str
    why: str
    # Each value that changed, from the audit trail.
    changes: tuple[str, ...] = ()
    # Django's own words, which only name the fields.
    is_plain: bool = False


def of_act(name: str) -> list[dict[str, str]]:
    """The message of an act of core/staff/permissions.py."""
    return [{_ACT: name}]


def with_reason(message: Any, why: str) -> Any:
    """What is stored for a message of Django's history, or a sentence, with its reason."""
    if not why:
        return message
    parts = message if isinstance(message, list) else [{_SAID: message}]
    return [*parts, {_WHY: why}]


def said(entry: LogEntry) -> str:
    """What was done, in words."""
    acts = [act_names.without_table(part[_ACT]) for part in _parts(entry) if _ACT in part]
    text = " ".join(_sentences(entry)) or str(entry.get_change_message())
    # A sentence of an earlier release is stored as it was said: in another language by its translation.
    return ", ".join(acts) or (gettext(text) if text else "")


def why(entry: LogEntry) -> str:
    """The reason; empty without one."""
    return next((str(part[_WHY]) for part in _parts(entry) if _WHY in part), "")


def told(entries: Iterable[LogEntry]) -> list[Told]:
    """Entries with their people, who are asked for at once."""
    rows = [*entries]
    named = colleagues.names(row.user_id for row in rows)
    return [Told(row.action_time, named[row.user_id], said(row), why(row), is_plain=not _is_act(row)) for row in rows]


def with_trail(logged: list[Told], trail: list[row_trail.TrailEntry]) -> list[Told]:
    """Both, newest first, without entries of Django that the trail says more about."""
    named = colleagues.names(one.who for one in trail)
    known = [Told(one.at, named[one.who], "", one.why, tuple(one.said)) for one in trail]
    rest = [one for one in logged if not any(_is_same(one, other) for other in known)]
    return sorted([*known, *rest], key=lambda one: one.at, reverse=True)


def _is_same(entry: Told, other: Told) -> bool:
    return entry.is_plain and entry.who == other.who and abs(entry.at - other.at) <= _TOGETHER


def _is_act(entry: LogEntry) -> bool:
    return any(_SAID in part or _ACT in part for part in _parts(entry))


def _sentences(entry: LogEntry) -> list[str]:
    return [str(part[_SAID]) for part in _parts(entry) if _SAID in part]


def _parts(entry: LogEntry) -> list[dict[str, Any]]:
    try:
        parts = json.loads(entry.change_message)
    except ValueError:
        return []
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
