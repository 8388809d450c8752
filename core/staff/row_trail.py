"""The audit trail of one row as sentences: who changed what, from what to what, and why.

A revision holds the content of a catalogue row. What is no part of it (a price, a place in the order, whether a prompt is
on) and every column of the other tables is found here.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import DateTimeField, Model, QuerySet

from core.audit import act_records
from core.audit.models import AuditLog
from core.staff import history, permissions, revisions

Action = AuditLog.Action
# The newest; older ones are in the trail itself.
MOST = 100


class TrailEntry(NamedTuple):
    at: dt.datetime
    # None is the service itself.
    who: UUID | None
    said: list[str]
    why: str


def entries(row: Model) -> list[TrailEntry]:
    """Every change of a row, newest first. What a person did to their own row is left out."""
    return _told(row, names=None)


def last_changes(row: Model, columns: Collection[str]) -> dict[str, TrailEntry]:
    """The newest change of each of these columns, without words.

    Columns that nobody has changed are missing.
    """
    found: dict[str, TrailEntry] = {}
    for one in _trail_of(row).filter(action__in=[Action.INSERT, Action.UPDATE]).order_by("-occurred_at")[:MOST]:
        before, after = one.old_values or _defaults(row), one.new_values or {}
        for name in columns:
            if name in after and after[name] != before.get(name):
                found.setdefault(name, TrailEntry(one.occurred_at, one.user_id, [], one.why or ""))
    return found


def _defaults(row: Model) -> dict[str, Any]:
    """What a new row holds before anybody has chosen anything."""
    return {field.name: getattr(type(row)(), field.name) for field in row._meta.concrete_fields}


def beside_revisions(row: Model) -> list[TrailEntry]:
    """The changes of what no revision of a row holds, newest first."""
    return _told(row, names=_outside(row))


def _outside(row: Model) -> set[str]:
    """The columns that revisions leave out, but times that follow from another."""
    fields = (row._meta.get_field(name) for name in revisions.WATCHED[row._meta.db_table].without)
    return {field.name for field in fields if not isinstance(field, DateTimeField)}


def _told(row: Model, *, names: Collection[str] | None) -> list[TrailEntry]:
    found = _trail_of(row)
    if isinstance(row, get_user_model()):
        found = found.exclude(user_id=row.pk)
    rows = found.exclude(action=Action.READ).order_by("-occurred_at")[:MOST]
    told = (TrailEntry(one.occurred_at, one.user_id, _said(row, one, names), one.why or "") for one in rows)
    return [entry for entry in told if entry.said]


def _trail_of(row: Model) -> QuerySet[AuditLog]:
    table = row._meta.db_table
    return AuditLog.objects.filter(record_id=act_records.record_id(table, str(row.pk)), table_name=table)


def _said(row: Model, entry: AuditLog, names: Collection[str] | None) -> list[str]:
    """The sentences of one row of the trail; none where it says nothing about these columns."""
    if entry.action in (Action.INSERT, Action.DELETE):
        return [entry.get_action_display()] if names is None else []
    before, after = entry.old_values or {}, entry.new_values or {}
    # Of an act only what it noted itself: its rows tell the rest.
    wanted = before.keys() & after.keys()
    if names is not None:
        wanted &= {*names} if entry.action == Action.ACT else {*names} - _moved(row)
    same = revisions.content_of(row) if row._meta.db_table in revisions.WATCHED else {}
    was, now = (same | {name: values[name] for name in wanted} for values in (before, after))
    return history.sentences(type(row), was, now) if wanted else []


def _moved(row: Model) -> set[str]:
    """The place of a row that others move past: only the act that moves it says its place."""
    table = f"{row._meta.app_label}_{row._meta.model_name}"
    return {"sort_order"} if f"{table}_move" in permissions.ACTS else set()
