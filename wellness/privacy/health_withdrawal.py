"""Withdrawal of the consent to health data: collection stops, stored data is deleted.

`users.health_withdrawn_at` marks the person. A minutely job empties their rows in batches, each in its own transaction;
it looks for remaining rows, so it can be interrupted. Until it is done, the consent cannot be given again
(`accounts.consents`), so no later data is deleted.
"""

import datetime as dt
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from coaching import messages
from core.db.work import FileJob, IsOver, never
from files import storage
from files.models import UploadedFile
from habits import check_in_details
from habits.models import Habit, HabitImport, HabitLog, UserHabit
from wellness.privacy.classification import rows_of, tables_with_files

log = structlog.get_logger(__name__)

BATCH = 1_000
# Requests that were running at the withdrawal have ended by then.
PAUSE = dt.timedelta(minutes=1)

# Table → its columns that hold health data or are collected only with that consent, with their empty values. Together with
# the two below they cover everything that is classified as sensitive: tests/privacy/test_health_withdrawal.py.
EMPTIED: dict[str, dict[str, Any]] = {
    "habits": {"own_description": None},
    "user_habits": {"notes": None},
    "habit_logs": {"mood_score": None, "energy_level": None, "notes": None, "location": None, "image_urls": []},
    "user_analytics": {"avg_mood_score": None, "avg_energy_level": None},
}
# Former contents of corrected logs; their counts and times stay.
REDUCED = {"habit_log_edits": ("before", "after")}
HEALTH_KEYS = list(check_in_details.HEALTH_FIELDS)
# Written from health data, or by a person who told of it.
DELETED = ["coaching_messages", "coaching_questions", "crisis_flags"]
PHOTOS = [UploadedFile.Context.HABIT_LOG, UploadedFile.Context.PROGRESS_PHOTO]


def due(now: dt.datetime) -> QuerySet[User]:
    """Persons to process, except while an import that began with the consent is written."""
    waiting = User.objects.filter(health_withdrawn_at__lte=now - PAUSE)
    return waiting.exclude(imports__state=HabitImport.State.WRITING).order_by("health_withdrawn_at")


def run(now: dt.datetime, *, is_over: IsOver = never) -> int:
    """The minutely job: the longest waiting first, until `is_over`.

    Gives the number of persons done.
    """
    done = 0
    for user_id in due(now).values_list("pk", flat=True):
        if is_over():
            break
        try:
            erase_health(user_id)
            done += 1
        except Exception:
            # A failure for one person must not stop the others. In a minute it is tried again.
            log.exception("health data not erased", user_id=str(user_id))
    return done


def erase_health(user_id: UUID) -> None:
    """Deletes and empties everything, then removes the mark. A repetition is harmless.

    The files of jobs, exports and imports, hold all of a person's data.
    """
    for table, columns in EMPTIED.items():
        _in_batches(rows_of(table, user_id).filter(_holding(columns)), **columns)
    for table, columns_with_keys in REDUCED.items():
        for column in columns_with_keys:
            _remove_health_keys(table, column, user_id)
    # What announced the coach's messages has their words.
    messages.forget_notifications(user_id)
    for table in DELETED:
        rows_of(table, user_id).delete()
    storage.remove(UploadedFile.objects.filter(user=user_id, upload_context__in=PHOTOS))
    for table in tables_with_files(FileJob):
        for row in rows_of(table, user_id):
            storage.erase(row)
    User.objects.filter(pk=user_id).update(health_withdrawn_at=None)
    log.info("health data erased", user_id=str(user_id))


def deletion_preview(user: User) -> dict[str, int]:
    """How much of each kind a withdrawal deletes."""
    logs = HabitLog.objects.of_person(user)
    return {
        "moods": logs.filter(Q(mood_score__isnull=False) | Q(energy_level__isnull=False)).count(),
        "notes": logs.filter(notes__isnull=False).count()
        + UserHabit.objects.filter(user=user, notes__isnull=False).count(),
        "places": logs.filter(location__isnull=False).count(),
        "descriptions": Habit.objects.filter(owner=user, own_description__isnull=False).count(),
        "photos": UploadedFile.objects.filter(user=user, upload_context__in=PHOTOS, is_deleted=False).count(),
        "letters": rows_of("coaching_messages", user.pk).count(),
        "questions": rows_of("coaching_questions", user.pk).count(),
        "files": sum(rows_of(table, user.pk).count() for table in tables_with_files(FileJob)),
    }


def _holding(columns: dict[str, Any]) -> Q:
    holding = Q()
    for column, empty in columns.items():
        holding |= Q(**{f"{column}__isnull": False}) if empty is None else ~Q(**{column: empty})
    return holding


def _in_batches(rows: QuerySet, **columns: Any) -> None:
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=keys).update(**columns)


def _remove_health_keys(table: str, column: str, user_id: UUID) -> None:
    sql = f"UPDATE {table} SET {column} = {column} - %s::text[] WHERE user_id = %s AND {column} ?| %s::text[]"  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [HEALTH_KEYS, user_id, HEALTH_KEYS])
