"""Erases a person as the classification says.

Deletes their rows, and empties columns of rows that the law keeps.

Each person is erased in one transaction, so an interruption leaves nobody half erased. Their files are deleted first: if
the transaction fails, only they are gone early. Some days later the erasure is repeated, for rows that running jobs
wrote meanwhile.
"""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

import structlog
from allauth.account.models import EmailAddress
from django.db import connection, models, transaction
from django.db.models import F, QuerySet

from accounts import social
from accounts.models import User
from billing import payment_methods
from circles import blocks, cheers
from core import cache_entries, retention_periods
from core.db.work import IsOver, never
from files import storage
from wellness.privacy import deletion_log, erasure_proof
from wellness.privacy.classification import TABLES, OnErasure, rows_of, tables_with_files

log = structlog.get_logger(__name__)

# From the request to the erasure.
GRACE = retention_periods.DELETION_GRACE.timedelta
# For so long after it the erasure is repeated.
REPEATED_FOR = dt.timedelta(days=7)


class GatewayAway(Exception):
    """A gateway has not confirmed that it deleted the person's card: the erasure waits."""


def due(now: dt.datetime) -> QuerySet[User]:
    """Persons whose grace period is over."""
    asked = User.objects.filter(deletion_requested_at__lte=now - GRACE, anonymised_at=None, is_active=False)
    return asked.order_by("deletion_requested_at")


def erased_recently(now: dt.datetime) -> QuerySet[User]:
    return User.objects.filter(anonymised_at__gt=now - REPEATED_FOR)


def run(now: dt.datetime, *, most: int = 1000, is_over: IsOver = never) -> int:
    """The daily job: erases persons who are due, then repeats recent erasures, until `is_over`.

    Gives the number of newly erased persons.
    """
    deletion_log.flush(at=now)
    erased, addresses = [], set()
    for user_id in [*due(now).values_list("pk", flat=True)[:most], *erased_recently(now).values_list("pk", flat=True)]:
        if is_over():
            log.warning("erasures wait for the next run")
            break
        try:
            known = addresses_of(user_id)
            if erase(user_id, at=now):
                erased.append(user_id)
                addresses |= known
        except Exception:
            # A failure for one person (a storage that does not answer) must not stop the others. Tomorrow it is tried again.
            log.exception("not erased", user_id=str(user_id))
    if erased:
        _verify(erased, addresses)
    return len(erased)


def erase(user_id: UUID, *, at: dt.datetime) -> bool:
    """Erases a person. True the first time; a repetition is harmless."""
    _leave_gateways(user_id, at=at)
    for table in tables_with_files():
        storage.erase_files(rows_of(table, user_id))
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None:
            return False
        social.unlink_all(user_id)
        blocks.forget(user_id)
        for table, entry in TABLES.items():
            if entry.owner and entry.on_erasure == OnErasure.DELETED:
                rows_of(table, user_id).delete()
        first = user.anonymised_at is None
        _empty_columns(user, at=user.anonymised_at or at)
        _delete_addresses(user_id)
        if first:
            deletion_log.record(user_id, deletion_log.Step.ERASED, at=at)
    cache_entries.forget_person(user_id)
    if first:
        log.info("person erased", user_id=str(user_id), remains=_rows_left(user_id))
    return first


def _leave_gateways(user_id: UUID, *, at: dt.datetime) -> None:
    """Deletes the person's cards at the gateways. Raises GatewayAway; then nothing is erased until tomorrow."""
    user = User.objects.filter(pk=user_id).first()
    if user is not None and not payment_methods.delete_all(user, at=at):
        raise GatewayAway(str(user_id))


def _empty_columns(user: User, *, at: dt.datetime) -> None:
    for table, entry in TABLES.items():
        if entry.on_erasure == OnErasure.KEPT and entry.emptied and table not in ("users", "audit_logs"):
            rows = rows_of(table, user.pk)
            rows.update(**{field.name: _empty_value(field) for field in _fields(rows.model, entry.emptied.split())})
    for field in _fields(User, TABLES["users"].emptied.split()):
        setattr(user, field.name, _empty_value(field))
    user.is_active = user.is_verified = False
    user.anonymised_at = at
    user.save()


def _fields(model: type[models.Model], columns: list[str]) -> list[models.Field]:
    return [field for field in model._meta.local_concrete_fields if field.column in columns]


def _empty_value(field: models.Field) -> object:
    """NULL, else the column's default, else an empty text."""
    return None if field.null else field.get_default() if field.has_default() else ""


def _delete_addresses(user_id: UUID) -> None:
    """Deletes the addresses in the trail, but those from which staff accessed the data of others: the law requires them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_logs_forget(%s)", [user_id])


# ── After a restore ─────────────────────────────────────────────────────────


def replay(now: dt.datetime) -> dict[str, int]:
    """Repeats the steps of the deletion log that a restored database lacks.

    Gives the numbers of erasures and requests.
    """
    done = {"erased": 0, "asked": 0}
    for user_id, line in deletion_log.latest().items():
        if line.step == deletion_log.Step.ERASED:
            done["erased"] += erase(user_id, at=now)
        elif line.step == deletion_log.Step.ASKED:
            done["asked"] += _ask_again(user_id, at=line.at)
    return done


def _ask_again(user_id: UUID, *, at: dt.datetime) -> int:
    """Repeats a request for deletion; 0 if the person has asked, or is erased."""
    found = User.objects.filter(pk=user_id, deletion_requested_at=None, anonymised_at=None)
    asked = found.update(is_active=False, deletion_requested_at=at, updated_at=F("updated_at"))
    if asked:
        cheers.take_back(user_id)
    return asked


# ── Verification ───────────────────────────────────────────────────────────────


def addresses_of(user_id: UUID) -> set[str]:
    """The person's addresses. They are known only until the erasure."""
    addresses = {address.email for address in EmailAddress.objects.filter(user=user_id)}
    return {*addresses, *(user.email for user in User.objects.filter(pk=user_id))} - {""}


def remains(user_id: UUID, *, addresses: Collection[str] = ()) -> dict[str, int]:
    """What should be deleted or emptied, as table → rows and `table.column` → rows.

    Empty for an erased person. Reads the whole database. `addresses` are those that the person had.
    """
    return _rows_left(user_id) | erasure_proof.find([user_id], addresses)


def _verify(people: list[UUID], addresses: set[str]) -> None:
    """Searches the database once for everybody erased by a run."""
    left = erasure_proof.find(people, addresses)
    tell = log.error if left else log.info
    tell("erasure verified", people=len(people), remains=left)


def _rows_left(user_id: UUID) -> dict[str, int]:
    """Rows of theirs that should be deleted or emptied, as table → number."""
    remaining = {}
    for table, entry in TABLES.items():
        if not entry.owner or entry.derived:
            continue
        rows = rows_of(table, user_id)
        if entry.on_erasure == OnErasure.DELETED:
            number = rows.count()
        else:
            rows = rows.extra(where=[f"NOT {entry.not_emptied}"]) if entry.not_emptied else rows  # noqa: S610 - of ours
            number = sum(1 for row in rows if _has_values(row, entry.emptied.split()))
        if number:
            remaining[table] = number
    return remaining


def _has_values(row: models.Model, columns: list[str]) -> bool:
    return any(getattr(row, field.name) not in (_empty_value(field), None, "") for field in _fields(type(row), columns))
