"""Erasing a person, as the classification says: their rows go, what the law keeps loses all it need not hold.

One person is one transaction, so that an interruption leaves nobody half erased. Their files go first: should the
transaction fail, they are gone a little early. A second visit some days later takes what jobs in flight wrote since.
"""

import datetime as dt
from uuid import UUID

import structlog
from django.db import connection, models, transaction
from django.db.models import F, QuerySet

from accounts import social
from accounts.models import User
from files import storage
from wellness.privacy import deletion_log
from wellness.privacy.classification import TABLES, Leaving, rows_of

log = structlog.get_logger(__name__)

# How long somebody may change their mind.
GRACE = dt.timedelta(days=30)
# How long after it a person is visited again.
REVISIT = dt.timedelta(days=7)
# Whose rows have bytes in the storage.
STORED = ["uploaded_files", "data_exports", "habit_imports"]


def due(now: dt.datetime) -> QuerySet[User]:
    """People whose days to change their mind are over."""
    return User.objects.filter(deletion_requested_at__lte=now - GRACE, anonymised_at=None).order_by(
        "deletion_requested_at"
    )


def revisited(now: dt.datetime) -> QuerySet[User]:
    return User.objects.filter(anonymised_at__gt=now - REVISIT)


def run(now: dt.datetime, *, most: int = 1000) -> int:
    """The daily job: erases who is due, visits the others again. Gives the number of people erased."""
    deletion_log.flush(at=now)
    erased = 0
    for user_id in [*due(now).values_list("pk", flat=True)[:most], *revisited(now).values_list("pk", flat=True)]:
        try:
            erased += erase(user_id, at=now)
        except Exception:
            # One person's trouble (a storage that does not answer) is not the others'; tomorrow again.
            log.exception("not erased", user_id=str(user_id))
    return erased


def erase(user_id: UUID, *, at: dt.datetime) -> bool:
    """Erases a person. True when they were there and not erased before; twice does no more."""
    for table in STORED:
        storage.erase_bytes(rows_of(table, user_id))
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None:
            return False
        social.unlink_all(user_id)
        for table, entry in TABLES.items():
            if entry.owner and entry.leaving == Leaving.DELETED:
                rows_of(table, user_id).delete()
        first = user.anonymised_at is None
        was_staff = user.is_staff
        _empty(user, at=user.anonymised_at or at)
        if not was_staff:
            # What staff did to others' data keeps its origin, as the law asks.
            _forget_addresses(user_id)
        if first:
            deletion_log.note(user_id, deletion_log.Step.ERASED, at=at)
    if first:
        log.info("person erased", user_id=str(user_id), remains=remains(user_id))
    return first


def _empty(user: User, *, at: dt.datetime) -> None:
    for table, entry in TABLES.items():
        if entry.leaving == Leaving.KEPT and entry.emptied and table not in ("users", "audit_logs"):
            rows = rows_of(table, user.pk)
            rows.update(**{field.name: _nothing(field) for field in _fields(rows.model, entry.emptied.split())})
    for field in _fields(User, TABLES["users"].emptied.split()):
        setattr(user, field.name, _nothing(field))
    user.is_active = user.is_verified = False
    user.anonymised_at = at
    user.save()


def _fields(model: type[models.Model], columns: list[str]) -> list[models.Field]:
    return [field for field in model._meta.local_concrete_fields if field.column in columns]


def _nothing(field: models.Field) -> object:
    """NULL, else the column's default, else an empty text."""
    return None if field.null else field.get_default() if field.has_default() else ""


def _forget_addresses(user_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_logs_forget(%s)", [user_id])


# ── After a restore ─────────────────────────────────────────────────────────


def replay(now: dt.datetime) -> dict[str, int]:
    """Does again what the ledger knows and a restored database has forgotten. Gives how many were erased, sent away."""
    done = {"erased": 0, "asked": 0}
    for user_id, line in deletion_log.latest().items():
        if line.step == deletion_log.Step.ERASED:
            done["erased"] += erase(user_id, at=now)
        elif line.step == deletion_log.Step.ASKED:
            done["asked"] += User.objects.filter(pk=user_id, deletion_requested_at=None, anonymised_at=None).update(
                is_active=False, deletion_requested_at=line.at, updated_at=F("updated_at")
            )
    return done


# ── The proof ───────────────────────────────────────────────────────────────


def remains(user_id: UUID) -> dict[str, int]:
    """What is left of an erased person beyond what may stay: table → number of rows. Empty when all is well."""
    left = {}
    for table, entry in TABLES.items():
        if not entry.owner or entry.derived:
            continue
        rows = rows_of(table, user_id)
        if entry.leaving == Leaving.DELETED:
            number = rows.count()
        else:
            number = sum(1 for row in rows if _holds(row, entry.emptied.split()))
        if number:
            left[table] = number
    return left


def _holds(row: models.Model, columns: list[str]) -> bool:
    """Does one of these columns still hold something?"""
    return any(getattr(row, field.name) not in (_nothing(field), None, "") for field in _fields(type(row), columns))
