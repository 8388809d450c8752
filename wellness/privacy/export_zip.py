"""The export of everything about a person: a zip of tables (CSV, JSON) and photos.

The classification says which columns it contains.
"""

import csv
import datetime as dt
import decimal
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User
from coaching import messages
from coaching.habit_tokens import Names
from core.db.work import Report
from core.spreadsheets import safe_cell
from files.models import UploadedFile
from notifications.message_texts import MessageTexts
from wellness.privacy.classification import TABLES, rows_of

# Tables whose rows say in words where they come from: messages of a model carry the mark here, too.
_MARKS: dict[str, Callable[[Any], str]] = {
    "coaching_messages": lambda message: _("AI가 생성") if message.is_by_ai else _("AI 없이 작성"),
}


def _read_messages(user_id: UUID) -> Callable[[Any], dict[str, Any]]:
    """The coach's messages keep tokens in place of the names of habits."""
    names = Names(User.objects.get(pk=user_id))
    return lambda message: messages.exported(message, names)


def _read_notifications(user_id: UUID) -> Callable[[Any], dict[str, Any]]:
    """Notifications are said in the person's language of now, as in the inbox."""
    texts = MessageTexts(User.objects.get(pk=user_id).language)

    def read(row: Any) -> dict[str, Any]:
        # Rows that plain SQL wrote have their texts in columns of their own.
        return {} if row.title is None else dict(zip(("sealed_title", "sealed_body"), texts.of(row), strict=True))

    return read


# Tables some of whose columns are exported as the person reads them; made for one person at a time.
_READERS: dict[str, Callable[[UUID], Callable[[Any], dict[str, Any]]]] = {
    "coaching_messages": _read_messages,
    "notifications": _read_notifications,
}
# Rows between two progress reports.
STEP = 200


def count(user_id: UUID) -> int:
    """Number of rows and photos to write."""
    return sum(rows_of(table, user_id).count() for table in tables()) + _photos(user_id).count()


def write(file: IO[bytes], user_id: UUID, *, now: dt.datetime, report: Report = lambda done: None) -> int:
    """Writes the zip, dated `now`; reports and gives the number of rows and photos written."""
    done = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _readme(now))
        for table in tables():
            done = _write_table(archive, table, user_id, done, report)
        for photo in _photos(user_id):
            _write_photo(archive, photo)
            done += 1
            report(done)
    return done


def tables() -> list[str]:
    return [name for name, table in TABLES.items() if table.exported]


def _photos(user_id: UUID) -> "models.QuerySet[UploadedFile]":
    return UploadedFile.objects.shown().filter(user=user_id).exclude(upload_context=UploadedFile.Context.EXPORT)


def _write_table(archive: zipfile.ZipFile, table: str, user_id: UUID, done: int, report: Report) -> int:
    rows = rows_of(table, user_id)
    columns = TABLES[table].exported
    fields = {field.column: field.attname for field in rows.model._meta.local_concrete_fields}
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    mark, reader = _MARKS.get(table), _READERS.get(table)
    read = reader(user_id) if reader else lambda _row: {}
    writer.writerow([*columns, *(["mark"] if mark else [])])
    with archive.open(f"json/{table}.json", "w") as raw:
        text = io.TextIOWrapper(raw, "utf-8", write_through=True)
        text.write("[")
        for number, row in enumerate(rows.order_by("pk").iterator(chunk_size=STEP)):
            values = {column: _plain(getattr(row, fields[column])) for column in columns} | read(row)
            if mark:
                values["mark"] = mark(row)
            text.write(",\n " if number else "\n ")
            json.dump(values, text, ensure_ascii=False)
            writer.writerow([_cell(value) for value in values.values()])
            done += 1
            if done % STEP == 0:
                report(done)
        text.write("\n]\n")
        text.detach()
    # With a byte order mark spreadsheets read the file as UTF-8.
    archive.writestr(f"csv/{table}.csv", "\ufeff" + sheet.getvalue())
    report(done)
    return done


def _write_photo(archive: zipfile.ZipFile, photo: UploadedFile) -> None:
    suffix = photo.storage_path.rpartition(".")[2]
    try:
        with (
            default_storage.open(photo.storage_path) as source,
            archive.open(f"photos/{photo.pk}.{suffix}", "w") as out,
        ):
            for chunk in source.chunks():
                out.write(chunk)
    except FileNotFoundError:
        archive.writestr(f"photos/{photo.pk}.missing.txt", _("이 사진은 저장소에 없어요."))


def _plain(value: Any) -> Any:
    """The value for JSON: instants in ISO 8601, numbers as numbers."""
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (str, int, float, bool, list, dict, type(None))):
        return value
    return str(value)


def _cell(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return safe_cell(value)


def _readme(now: dt.datetime) -> str:
    lines: Iterator[str] = (f"{name}: {TABLES[name].what}" for name in tables())
    return "\n".join(
        [
            _("WellnessAI에 있는 나의 모든 기록이에요."),
            _("기준 %(time)s") % {"time": now.isoformat(timespec="seconds")},
            _("csv 폴더는 스프레드시트에서, json 폴더는 다른 프로그램에서 열 수 있어요. 사진은 photos 폴더에 있어요."),
            _("비밀번호처럼 로그인에 쓰는 정보는 담지 않았어요."),
            "",
            *lines,
            "",
        ]
    )
