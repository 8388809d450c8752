"""Taking back the consent to health data: nothing of it is collected from then on, and what there is goes.

`users.health_withdrawn_at` is the work. A minutely job empties the person's rows in batches, each its own transaction;
what is left is found by looking, so an interruption costs nothing. Until it is done the consent is not given anew
(`accounts.consents`), so nothing that came later can be lost.
"""

import datetime as dt
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from files import storage
from files.models import UploadedFile
from habits.models import HabitImport, HabitLog, UserHabit
from wellness.privacy.classification import rows_of

log = structlog.get_logger(__name__)

BATCH = 1_000
# Requests that were under way when the consent was taken back have ended by then.
PAUSE = dt.timedelta(minutes=1)

# Table → its columns that hold health data or were only asked for with that consent. Together with the two below they
# cover all that is classified as sensitive: tests/privacy/test_health_withdrawal.py.
EMPTIED: dict[str, dict[str, Any]] = {
    "user_habits": {"notes": None},
    "habit_logs": {"mood_score": None, "energy_level": None, "notes": None, "location": None, "image_urls": []},
    "user_analytics": {"avg_mood_score": None, "avg_energy_level": None},
}
# The trail of corrections says how a log was; its counts and times stay.
WITHOUT = {"habit_log_edits": ("before", "after")}
SAID = ["mood", "energy", "note", "place"]
# The coach's letters are made of it through and through.
DELETED = ["coaching_messages"]
# Files of all that there is, on their way out or in.
FILES = ["data_exports", "habit_imports"]
PHOTOS = [UploadedFile.Context.HABIT_LOG, UploadedFile.Context.PROGRESS_PHOTO]


def due(now: dt.datetime) -> QuerySet[User]:
    """Not while an import is written: it may have begun under the consent."""
    waiting = User.objects.filter(health_withdrawn_at__lte=now - PAUSE)
    return waiting.exclude(imports__state=HabitImport.State.WRITING).order_by("health_withdrawn_at")


def run(now: dt.datetime) -> int:
    """The minutely job. Gives for how many people it is done."""
    done = 0
    for user_id in due(now).values_list("pk", flat=True):
        try:
            erase_health(user_id)
            done += 1
        except Exception:
            # One person's trouble is not the others'; a minute later again.
            log.exception("health data not erased", user_id=str(user_id))
    return done


def erase_health(user_id: UUID) -> None:
    """Empties all that is there, then says that it is done. Twice does no more."""
    for table, columns in EMPTIED.items():
        _in_batches(rows_of(table, user_id).filter(_holding(columns)), **columns)
    for table, said in WITHOUT.items():
        for column in said:
            _forget_what_was_said(table, column, user_id)
    for table in DELETED:
        rows_of(table, user_id).delete()
    storage.remove(UploadedFile.objects.filter(user=user_id, upload_context__in=PHOTOS))
    for table in FILES:
        for row in rows_of(table, user_id):
            storage.erase(row)
    User.objects.filter(pk=user_id).update(health_withdrawn_at=None)
    log.info("health data erased", user_id=str(user_id))


def what_goes(user: User) -> dict[str, int]:
    """What somebody is told before they take the consent back: how many of each will be gone."""
    logs = HabitLog.objects.filter(user_habit__user=user)
    return {
        "moods": logs.filter(Q(mood_score__isnull=False) | Q(energy_level__isnull=False)).count(),
        "notes": logs.filter(notes__isnull=False).count()
        + UserHabit.objects.filter(user=user, notes__isnull=False).count(),
        "photos": UploadedFile.objects.filter(user=user, upload_context__in=PHOTOS, is_deleted=False).count(),
        "letters": rows_of("coaching_messages", user.pk).count(),
    }


def _holding(columns: dict[str, Any]) -> Q:
    holding = Q()
    for column, empty in columns.items():
        holding |= Q(**{f"{column}__isnull": False}) if empty is None else ~Q(**{column: empty})
    return holding


def _in_batches(rows: QuerySet, **columns: Any) -> None:
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=keys).update(**columns)


def _forget_what_was_said(table: str, column: str, user_id: UUID) -> None:
    sql = f"UPDATE {table} SET {column} = {column} - %s::text[] WHERE user_id = %s AND {column} ?| %s::text[]"  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [SAID, user_id, SAID])
