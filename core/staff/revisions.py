"""Revisions of catalogue rows: kept at each save, drafted, scheduled, brought back.

A revision is the content of a row (core/staff/snapshots.py). A table takes part by registering what follows a change:

    revisions.watch(SubscriptionPlan, after=_forget, without=["price"])     a price needs two people
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

import structlog
from django.contrib.admin.utils import quote
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Exists, Max, Model, OuterRef, QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import ngettext

from core import work_queue
from core.db import audit_context
from core.staff import snapshots
from core.staff.models import Revision

# Counted up to this many.
MOST_UNFIT = 100

log = structlog.get_logger(__name__)

State = Revision.State


# Called with the row and the names of the columns that changed, in the transaction.
type After = Callable[[Any, list[str]], object]


@dataclasses.dataclass(frozen=True)
class Watched:
    """A table whose rows have revisions.

    `natural` finds a row of a file without an id, `check` raises ValidationError, `only` narrows the rows.
    """

    model: type[Model]
    after: After
    without: tuple[str, ...]
    natural: tuple[str, ...] = ()
    check: Callable[[Any], object] = lambda _row: None
    only: dict[str, Any] = dataclasses.field(default_factory=dict)

    def rows(self) -> QuerySet:
        return self.model._default_manager.filter(**self.only)


WATCHED: dict[str, Watched] = {}


class Unfit(Exception):
    """The content does not fit the row as things are now.

    The text is the database's or the model's.
    """


def watch(model: type[Model], *, after: After, without: Collection[str] = (), **more: Any) -> None:
    WATCHED[model._meta.db_table] = Watched(model, after, tuple(without), **more)
    options = model._meta

    def did_not_go_out(_now: dt.datetime) -> work_queue.Waiting | None:
        return _unfit(options)

    did_not_go_out.__name__ = f"did_not_go_out_{options.db_table}"
    work_queue.waiting(f"{options.app_label}.change_{options.model_name}")(did_not_go_out)


def _unfit(options: Any) -> work_queue.Waiting | None:
    """Drafts of a table that had a time and did not fit when it came, until the row is saved again."""
    later = Revision.objects.filter(table=OuterRef("table"), key=OuterRef("key"), number__gt=OuterRef("number"))
    late = Revision.objects.filter(~Exists(later.filter(state=State.KEPT)), table=options.db_table, state=State.DRAFT)
    found = [*late.filter(goes_live_at__isnull=False).order_by("goes_live_at")[:MOST_UNFIT]]
    if not found:
        return None
    named = {"name": capfirst(options.verbose_name), "n": len(found)}
    title = (
        ngettext("%(name)s: 제때 나가지 못한 판 %(n)s개", "%(name)s: 제때 나가지 못한 판 %(n)s개", len(found)) % named
    )
    url = reverse(f"admin:{options.app_label}_{options.model_name}_history", args=[quote(found[0].key)])
    return work_queue.Waiting(title, url, since=found[0].goes_live_at, icon="calendar-clock", is_failure=True)


def content_of(row: Model) -> dict[str, Any]:
    return snapshots.of(row, without=WATCHED[row._meta.db_table].without)


def history(row: Model) -> list[Revision]:
    """All revisions of a row, newest first."""
    return [*_of(row).order_by("-number")]


@transaction.atomic
def keep(row: Model, *, by: UUID | None, why: str, at: dt.datetime) -> Revision | None:
    """Keeps what a row holds now, unless the revision on air holds the same."""
    content = content_of(row)
    latest = _of(row).filter(state=State.KEPT).order_by("-number").first()
    if latest is not None and latest.content == content:
        return None
    return _add(row, content, State.KEPT, author_id=by, why=why, live_at=at)


@transaction.atomic
def draft(row: Model, *, goes_live_at: dt.datetime | None, by: UUID, why: str) -> Revision:
    """Keeps what a changed but unsaved row holds, to go live at a time or when somebody says so."""
    state = State.SCHEDULED if goes_live_at else State.DRAFT
    return _add(row, content_of(row), state, goes_live_at=goes_live_at, author_id=by, why=why)


@transaction.atomic
def bring_back(revision: Revision, *, by: UUID | None, why: str, at: dt.datetime) -> Model:
    """Puts a revision on air; what was on air stays in the history. Raises Unfit."""
    watched = WATCHED[revision.table]
    row = watched.model._default_manager.select_for_update().get(pk=revision.key)
    keep(row, by=None, why="", at=at)
    changed = snapshots.apply(revision.content, row, without=watched.without)
    if changed:
        _check(watched, row)
        _save(row, changed)
        keep(row, by=by, why=why, at=at)
    watched.after(row, changed)
    return row


def publish_due(now: dt.datetime) -> int:
    """Brings every scheduled revision on air whose time has come; gives how many."""
    due = Revision.objects.filter(state=State.SCHEDULED, goes_live_at__lte=now).order_by("goes_live_at", "number")
    return sum(_publish(pk, now) for pk in [*due.values_list("pk", flat=True)])


def _publish(pk: UUID, now: dt.datetime) -> bool:
    """One revision.

    What does not fit becomes a draft again, with its time, and waits for somebody. One of a row that is gone goes too.
    """
    with transaction.atomic():
        revision = Revision.objects.select_for_update(skip_locked=True).filter(pk=pk, state=State.SCHEDULED).first()
        if revision is None:
            return False
        if not WATCHED[revision.table].rows().filter(pk=revision.key).exists():
            revision.delete()
            return False
        revision.state = State.DRAFT
        try:
            with transaction.atomic(), audit_context.acting(revision.author_id), audit_context.because(revision.why):
                bring_back(revision, by=revision.author_id, why=revision.why, at=now)
        except (Unfit, ObjectDoesNotExist) as error:
            log.warning("revision not published", table=revision.table, number=revision.number, reason=str(error))
            revision.save(update_fields=["state"])
            return False
        # `bring_back` has kept the same content as one that is on air.
        revision.delete()
    return True


def _check(watched: Watched, row: Model) -> None:
    """What the form would refuse is refused here too: the words it was written for may be gone by now."""
    try:
        watched.check(row)
    except ValidationError as error:
        raise Unfit(" ".join(error.messages)) from error


def _save(row: Model, changed: list[str]) -> None:
    content = {name: getattr(row, name) for name in changed}
    try:
        row.full_clean(exclude={field.name for field in row._meta.fields} - {*changed})
        # Cleaning may rewrite a text; what comes back is what was.
        for name, value in content.items():
            setattr(row, name, value)
        with transaction.atomic():
            row.save(update_fields=changed)
    except ValidationError as error:
        raise Unfit(" ".join(error.messages)) from error
    except DatabaseError as error:
        raise Unfit(str(error).partition("\n")[0]) from error


def _of(row: Model) -> Any:
    return Revision.objects.filter(table=row._meta.db_table, key=str(row.pk))


def _add(row: Model, content: dict[str, Any], state: State, **values: Any) -> Revision:
    latest = _of(row).aggregate(Max("number"))["number__max"] or 0
    return Revision.objects.create(
        table=row._meta.db_table, key=str(row.pk), number=latest + 1, content=content, state=state, **values
    )
