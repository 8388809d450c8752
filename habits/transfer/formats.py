"""Reads a file of any supported app.

parsed = parse(data, today=…, zone="Asia/Seoul")     raises ImportRefused
"""

import datetime as dt

from habits.transfer import upload_contents
from habits.transfer.importers.base import Importer
from habits.transfer.importers.registry import IMPORTERS
from habits.transfer.parsed_file import ImportRefused, ParsedFile, RefusalReason
from habits.transfer.upload_contents import Upload


def parse(data: bytes, *, today: dt.date, zone: str) -> ParsedFile:
    """The habits in the file.

    `zone` is the person's time zone, for files that name none. Raises ImportRefused.
    """
    if len(data) > upload_contents.MAX_BYTES:
        raise ImportRefused(RefusalReason.TOO_BIG)
    if not data.strip():
        raise ImportRefused(RefusalReason.EMPTY)
    upload = Upload(data)
    parsed = _importer_of(upload).read(upload, today=today, zone=zone)
    if not parsed.habits:
        raise ImportRefused(RefusalReason.EMPTY)
    for habit in parsed.habits:
        # A skipped day on which the habit was done counts as done.
        habit.rests -= habit.days.keys()
    return parsed


def _importer_of(upload: Upload) -> Importer:
    for importer in IMPORTERS:
        if importer.recognises(upload):
            return importer
    if not upload.is_json:
        raise ImportRefused(RefusalReason.UNKNOWN)
    raise ImportRefused(RefusalReason.EMPTY if upload.json.get("habits") == [] else RefusalReason.SCHEMA)
