"""Loop Habit Tracker: CSV files (loop_csv.py), a backup (loop_sqlite.py), or both in a zip."""

import datetime as dt

from django.utils.translation import gettext_lazy

from habits.transfer.importers import loop_csv, loop_sqlite
from habits.transfer.importers.base import Importer
from habits.transfer.parsed_file import ParsedFile
from habits.transfer.upload_contents import SQLITE, Archive, Upload


def _recognises(upload: Upload) -> bool:
    return _has_csv(upload.archive) or upload.content.startswith(SQLITE)


def _has_csv(archive: Archive | None) -> bool:
    return archive is not None and loop_csv.HABITS in archive


def _read(upload: Upload, *, today: dt.date, zone: str) -> ParsedFile:
    parsed = ParsedFile(IMPORTER.key, today)
    backup = upload.content
    if upload.archive and _has_csv(upload.archive):
        backups = [name for name in upload.archive.names if name.lower().endswith(".db")]
        if len(backups) != 1:
            loop_csv.read(upload.archive, parsed, day_first=upload.day_first)
            return parsed
        # Our own export has both; the backup also knows reminders and the ids that Loop gave the habits.
        backup = upload.archive.read(backups[0])
    loop_sqlite.read(backup, parsed)
    return parsed


IMPORTER = Importer(
    key="loop",
    label="Loop Habit Tracker",
    instructions=gettext_lazy("설정에서 ‘CSV로 내보내기’(.zip) 또는 ‘백업 내보내기’(.db)"),
    recognises=_recognises,
    read=_read,
)
