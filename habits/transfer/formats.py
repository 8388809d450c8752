"""Reads a file of any supported app.

parsed = parse(data, today=…, zone="Asia/Seoul")     raises ImportRefused
"""

import datetime as dt

from habits.transfer import upload_contents
from habits.transfer.importers.base import Importer
from habits.transfer.importers.registry import IMPORTERS
from habits.transfer.parsed_file import ImportRefused, ParsedFile, RefusalReason
from habits.transfer.upload_contents import Upload


def parse(data: bytes, *, today: dt.date, zone: str, day_first: bool | None = None) -> ParsedFile:
    """The habits in the file. Raises ImportRefused.

    `zone` is the person's time zone, for files that name none. `day_first` is how to read dates like "3/7/2026"; None
    lets the file decide.
    """
    if len(data) > upload_contents.MAX_BYTES:
        raise ImportRefused(RefusalReason.TOO_BIG)
    if not data.strip():
        raise ImportRefused(RefusalReason.EMPTY)
    upload = Upload(data, day_first=day_first)
    parsed = _importer_of(upload).read(upload, today=today, zone=zone)
    if not parsed.habits:
        raise ImportRefused(RefusalReason.EMPTY)
    readable = [habit for habit in parsed.habits if not habit.is_damaged or habit.days or habit.first_on]
    if not readable:
        raise ImportRefused(RefusalReason.UNREADABLE)
    parsed.habits = readable
    for habit in parsed.habits:
        # A skipped day on which the habit was done counts as done.
        habit.rests = {day for day in habit.rests if not habit.reached_target(day)}
    return parsed


def _importer_of(upload: Upload) -> Importer:
    for importer in IMPORTERS:
        if importer.recognises(upload):
            return importer
    if not upload.is_json:
        raise ImportRefused(RefusalReason.UNKNOWN)
    raise ImportRefused(RefusalReason.EMPTY if upload.json.get("habits") == [] else RefusalReason.SCHEMA)
