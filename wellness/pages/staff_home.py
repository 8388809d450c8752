"""The home of the staff pages: what waits, oldest first, and how the service is."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core import work_queue
from core.db import partitions
from core.staff import colleagues, work_claims
from wellness import health

_LONGEST_WAIT = dt.timedelta(days=1)


def page(user: User, *, now: dt.datetime) -> dict[str, Any]:
    queue = waiting(user, now=now)
    title = (
        ngettext("%(n)s가지가 기다려요", "%(n)s가지가 기다려요", len(queue)) % {"n": len(queue)}
        if queue
        else _("기다리는 일이 없어요")
    )
    return {"title": title, "queue": queue, "conditions": work_queue.conditions.answers(user, now), "checked_at": now}


def waiting(user: User, *, now: dt.datetime) -> list[dict[str, Any]]:
    """What this colleague may do, the oldest first, each with who looks after it."""
    found = work_queue.waiting.answers(user, now)
    owners = work_claims.owners([one.name for one in found], now=now)
    named = colleagues.names(owners.values())
    return [_entry(one, now) | _owner(owners.get(one.name), named, user) for one in _oldest_first(found, now)]


def _owner(owner: UUID | None, named: dict[UUID | None, str], user: User) -> dict[str, Any]:
    mine = owner == user.pk
    return {"owner": _("나") if mine else named[owner] if owner else "", "is_mine": mine}


def age(since: dt.datetime, *, now: dt.datetime) -> str:
    """ "40분째", "27시간째", "3일째": the largest unit that keeps at least two of it, but for minutes."""
    minutes = max(int((now - since).total_seconds() // 60), 0)
    if minutes < 120:
        return ngettext("%(n)s분째", "%(n)s분째", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)s시간째", "%(n)s시간째", minutes // 60) % {"n": minutes // 60}
    days = minutes // (24 * 60)
    return ngettext("%(n)s일째", "%(n)s일째", days) % {"n": days}


def _oldest_first(found: list[work_queue.Waiting], now: dt.datetime) -> list[work_queue.Waiting]:
    return sorted(found, key=lambda one: one.since or now)


def _entry(one: work_queue.Waiting, now: dt.datetime) -> dict[str, Any]:
    late = one.since is not None and now - one.since >= _LONGEST_WAIT
    return {
        "name": one.name,
        "title": one.title,
        "url": one.url,
        "icon": one.icon,
        "age": age(one.since, now=now) if one.since else "",
        "tone": "is-bad" if one.is_failure else "is-late" if late else "",
    }


@work_queue.waiting("")
def rows_without_a_month(now: dt.datetime) -> work_queue.Waiting | None:
    """Rows in a DEFAULT partition. When they came is not known."""
    waiting = {table: rows for table, rows in partitions.waiting_in_default().items() if rows}
    if not waiting:
        return None
    tables = ", ".join(f"{table} {rows:,}" for table, rows in waiting.items())
    title = _("달별 파티션에 들어가지 못한 줄: %(tables)s") % {"tables": tables}
    return work_queue.Waiting(title, icon="database", is_failure=True)


@work_queue.conditions("")
def months_ahead(now: dt.datetime) -> work_queue.Condition:
    """How far the monthly partitions reach."""
    ahead = min(partitions.months_ahead(now.date()).values())
    text = ngettext("%(n)s달 뒤까지", "%(n)s달 뒤까지", max(ahead, 0)) % {"n": max(ahead, 0)}
    return work_queue.Condition(_("파티션"), text, is_good=ahead >= health.MONTHS_NEEDED)
