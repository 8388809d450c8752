"""Django's history of a row, with the reason beside what was done.

Django stores what was done as a list of parts, or as a sentence. A reason is one more part, which Django's own reader skips:

    [{"changed": {"fields": ["이름"]}}, {"why": "오타를 고쳐요"}]
"""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext

from core.staff import colleagues

_SAID, _WHY = "said", "why"


class Told(NamedTuple):
    """An entry as colleagues read it."""

    at: dt.datetime
    who: str
    said: str
    why: str


def with_reason(message: Any, why: str) -> Any:
    """What is stored for a message of Django's history, or a sentence, with its reason."""
    if not why:
        return message
    parts = message if isinstance(message, list) else [{_SAID: message}]
    return [*parts, {_WHY: why}]


def said(entry: LogEntry) -> str:
    """What was done, in words."""
    sentences = [str(part[_SAID]) for part in _parts(entry) if _SAID in part]
    text = " ".join(sentences) or str(entry.get_change_message())
    # A sentence is stored as it was said, mostly in Korean: in another language by its translation.
    return gettext(text) if text else ""


def why(entry: LogEntry) -> str:
    """The reason; empty without one."""
    return next((str(part[_WHY]) for part in _parts(entry) if _WHY in part), "")


def told(entries: Iterable[LogEntry]) -> list[Told]:
    """Entries with their people, who are asked for at once."""
    rows = [*entries]
    named = colleagues.names(row.user_id for row in rows)
    return [Told(row.action_time, named[row.user_id], said(row), why(row)) for row in rows]


def _parts(entry: LogEntry) -> list[dict[str, Any]]:
    try:
        parts = json.loads(entry.change_message)
    except ValueError:
        return []
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
