"""Loop Habit Tracker: CSV files (loop_csv.py), a backup (loop_sqlite.py), or both in a zip."""

import contextlib
import datetime as dt

from django.utils.translation import gettext_lazy

from habits.transfer.importers import loop_csv, loop_sqlite
from habits.transfer.importers.base import Importer
from habits.transfer.parsed_file import ImportRefused, ParsedFile
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
    found = loop_sqlite.read(backup, parsed)
    if upload.archive and _has_csv(upload.archive):
        _compare(parsed, found, upload.archive, day_first=upload.day_first)
    return parsed


def _compare(parsed: ParsedFile, found: loop_csv.ReadHabits, archive: Archive, *, day_first: bool | None) -> None:
    """Tells where the CSV files say something else than the backup, which is imported."""
    by_name: dict[str, loop_csv.LoopValues] = {}
    with contextlib.suppress(ImportRefused):
        tables = loop_csv.read(archive, ParsedFile(IMPORTER.key, parsed.today), day_first=day_first)
        by_name = {habit.name: values for habit, values in tables}
    for habit, values in found:
        if habit.name in by_name:
            loop_csv.tell_differences(parsed, habit, values, by_name[habit.name].by_day)


IMPORTER = Importer(
    key="loop",
    label="Loop Habit Tracker",
    instructions=gettext_lazy("설정에서 ‘CSV로 내보내기’(.zip) 또는 ‘백업 내보내기’(.db)"),
    recognises=_recognises,
    read=_read,
)
