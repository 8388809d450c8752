"""Bytes to `Found`: which app the file is of, and its reader.

found = read(data, today=…, zone="Asia/Seoul")     raises Refused
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from habits.transfer import (
    beaver,
    habitbull,
    habitica,
    habittrove,
    loop_csv,
    loop_sqlite,
    upload_contents,
    wellness_json,
)
from habits.transfer.parse_result import Found, Refusal, Refused
from habits.transfer.upload_contents import SQLITE, ZIP, Archive


def read(data: bytes, *, today: dt.date, zone: str) -> Found:
    """`zone` is the person's own, for files that know none. Raises Refused."""
    if len(data) > upload_contents.MOST_BYTES:
        raise Refused(Refusal.TOO_BIG)
    if not data.strip():
        raise Refused(Refusal.EMPTY)
    found = _read_zip(Archive(data), today=today, zone=zone) if data.startswith(ZIP) else _read(data, today, zone)
    if not found.habits:
        raise Refused(Refusal.EMPTY)
    for habit in found.habits:
        # What was done on a skipped day all the same counts as done.
        habit.rests -= habit.days.keys()
    return found


def _read_zip(archive: Archive, *, today: dt.date, zone: str) -> Found:
    backups = [name for name in archive.names if name.lower().endswith(".db")]
    if loop_csv.HABITS in archive and len(backups) == 1:
        # Ours has both; the backup knows reminders, and what Loop itself calls each habit.
        return _read(archive.read(backups[0]), today, zone)
    if loop_csv.HABITS in archive:
        return loop_csv.read(archive, today=today)
    if "habits.json" in archive:
        settings = upload_contents.json_of(archive.read("settings.json")) if "settings.json" in archive else {}
        zone = habittrove.zone_of(settings, otherwise=zone)
        return _read(archive.read("habits.json"), today, zone)
    if len(archive.names) == 1 and archive.names[0].lower().endswith((".db", ".json", ".csv")):
        return _read(archive.read(archive.names[0]), today, zone)
    raise Refused(Refusal.UNKNOWN)


def _read(data: bytes, today: dt.date, zone: str) -> Found:
    if data.startswith(SQLITE):
        return loop_sqlite.read(data, today=today)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or data[:4] in (b"\xff\xfe{\0", b"\xfe\xff\0{"):
        return _read_json(upload_contents.json_of(data), today, zone)
    if b"\0" in data[:1000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(Refusal.UNKNOWN)
    text = upload_contents.text_of(data)
    if text[:100].replace('"', "").startswith(habitbull.HEAD):
        return habitbull.read(text, today=today)
    raise Refused(Refusal.UNKNOWN)


def _read_json(value: Mapping[str, Any], today: dt.date, zone: str) -> Found:
    if isinstance(value.get("tasks"), Mapping):
        return habitica.read(value, today=today)
    habits = value.get("habits")
    if not isinstance(habits, list):
        raise Refused(Refusal.SCHEMA)
    if value.get("format") == wellness_json.FORMAT:
        return wellness_json.read(value, today=today)
    parts = {name for item in habits[:50] if isinstance(item, Mapping) for name in item}
    if "completions" in parts:
        return habittrove.read(value, today=today, zone=zone)
    if "records" in parts:
        return beaver.read(value, today=today)
    raise Refused(Refusal.SCHEMA if habits else Refusal.EMPTY)
