"""Catalogue rows as a file: written, previewed, applied exactly as it was previewed.

A row of a file finds its row in the table by `id`, or without one by the natural key of the table. A column that the file
does not have stays as it is. Nothing is written while one line has an error.
"""

import csv
import dataclasses
import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from core import spreadsheets, text_storage
from core.form_fields import validate_year
from core.staff import history, revisions, snapshots
from core.staff.json_fields import SHAPES, harmless
from core.staff.revisions import Watched

MOST_BYTES = 1_000_000
# Rows that one file changes: more are a bulk act, which needs two people.
MOST_CHANGES = 100
FORMATS = ("csv", "json")
ID = "id"


class NotAsPreviewed(Exception):
    """The bytes or the rows are not those of the preview."""


@dataclasses.dataclass(frozen=True)
class RowProblem:
    line: int
    text: str


@dataclasses.dataclass(frozen=True)
class RowChange:
    line: int
    row: Model
    is_new: bool
    said: list[str]


@dataclasses.dataclass
class FilePreview:
    # Of the bytes and of the rows that they change, as these are now.
    digest: str = ""
    changes: list[RowChange] = dataclasses.field(default_factory=list)
    problems: list[RowProblem] = dataclasses.field(default_factory=list)
    same: int = 0

    @property
    def new(self) -> int:
        """How many rows would be made."""
        return sum(one.is_new for one in self.changes)

    @property
    def changed(self) -> int:
        """How many rows that are there would change."""
        return len(self.changes) - self.new


type Values = dict[str, Any]


# ── Written ─────────────────────────────────────────────────────────────────


def write(watched: Watched, rows: QuerySet, kind: str) -> str:
    """All rows as one file."""
    found = [{ID: str(row.pk), **snapshots.of(row, without=watched.without)} for row in rows]
    if kind == "json":
        return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    file = io.StringIO()
    names = [ID, *(field.attname for field in snapshots.columns(watched.model, without=watched.without))]
    writer = csv.DictWriter(file, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in found)
    return file.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return spreadsheets.safe_cell(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# ── Read ────────────────────────────────────────────────────────────────────


def preview(watched: Watched, data: bytes, kind: str) -> FilePreview:
    """What applying these bytes would do."""
    found = FilePreview()
    content = hashlib.sha256(data)
    seen: set[str] = set()
    for line, values, problem in _lines(watched, data, kind):
        if problem:
            found.problems.append(RowProblem(line, problem))
            continue
        try:
            change, before = _change(watched, line, values, seen)
        except ValidationError as error:
            found.problems += [RowProblem(line, text) for text in _texts(watched, error)]
            continue
        content.update(before.encode())
        found.same += not change.said
        found.changes += [change] if change.said else []
    if len(found.changes) > MOST_CHANGES:
        text = _("한 번에 %(most)d줄까지 바꿀 수 있어요. 파일을 나누어 주세요.") % {"most": MOST_CHANGES}
        found.problems.append(RowProblem(found.changes[MOST_CHANGES].line, text))
    found.digest = content.hexdigest()
    return found


def apply(watched: Watched, data: bytes, kind: str, *, digest: str, by: UUID, why: str, at: dt.datetime) -> int:
    """Makes the previewed changes, all or none; gives how many.

    Raises NotAsPreviewed, ValidationError.
    """
    with transaction.atomic():
        list(watched.model._default_manager.select_for_update().values_list("pk", flat=True))
        found = preview(watched, data, kind)
        if found.digest != digest or found.problems:
            raise NotAsPreviewed
        for change in found.changes:
            _save(watched, change, by=by, why=why, at=at)
    return len(found.changes)


def _save(watched: Watched, change: RowChange, *, by: UUID, why: str, at: dt.datetime) -> None:
    row = change.row
    if not change.is_new:
        revisions.keep(watched.model._default_manager.get(pk=row.pk), by=None, why="", at=at)
    try:
        with transaction.atomic():
            row.save(force_insert=change.is_new)
    except DatabaseError as error:
        text = str(error).partition("\n")[0]
        raise ValidationError(_("%(line)d번째 줄: %(text)s") % {"line": change.line, "text": text}) from error
    revisions.keep(row, by=by, why=why, at=at)
    watched.after(row, [field.name for field in snapshots.columns(watched.model, without=watched.without)])


def _change(watched: Watched, line: int, values: Values, seen: set[str]) -> tuple[RowChange, str]:
    """The change of one line, and what the row holds before it. Raises ValidationError."""
    row = _row(watched, values)
    is_new = row is None
    row = row or watched.model(**({"pk": values[ID]} if values.get(ID) else {}))
    before = None if is_new else snapshots.of(row, without=watched.without)
    snapshots.apply({name: value for name, value in values.items() if name != ID}, row, without=watched.without)
    watched.check(row)
    if (key := str(row.pk) if not is_new or values.get(ID) else _natural(watched, row)) in seen:
        raise ValidationError(_("같은 줄이 두 번 있어요."))
    seen.add(key)
    after = snapshots.of(row, without=watched.without)
    said = [_("새 줄")] if before is None else history.sentences(watched.model, before, after)
    if said:
        row.full_clean()
    return RowChange(line, row, is_new, said), snapshots.encode(before or {})


def _natural(watched: Watched, row: Model) -> str:
    return json.dumps([str(getattr(row, name)) for name in watched.natural], ensure_ascii=False)


def _row(watched: Watched, values: Values) -> Model | None:
    """The row that a line means."""
    rows = watched.rows()
    if values.get(ID):
        return rows.filter(pk=values[ID]).first()
    if watched.natural and all(values.get(name) for name in watched.natural):
        return rows.filter(**{name: values[name] for name in watched.natural}).first()
    return None


def _lines(watched: Watched, data: bytes, kind: str) -> Iterator[tuple[int, Values, str]]:
    """Each row with its line, or what is wrong with the line."""
    try:
        text = text_storage.normalize(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        yield data.count(b"\n", 0, error.start) + 1, {}, _("UTF-8로 저장한 파일이 아니에요.")
        return
    read: Callable[[str], Iterator[tuple[int, Any, str]]] = _json_rows if kind == "json" else _csv_rows
    known = {ID: None, **{field.attname: field for field in snapshots.columns(watched.model, without=watched.without)}}
    for line, row, problem in read(text):
        if problem or not isinstance(row, dict):
            yield line, {}, problem or _("이름과 값으로 된 줄이 아니에요.")
        elif unknown := [str(name) for name in row if name not in known]:
            yield line, {}, _("모르는 칸이에요: %(names)s") % {"names": ", ".join(unknown)}
        else:
            yield from _typed(line, row, known, kind)


def _typed(line: int, row: Values, known: dict[str, Any], kind: str) -> Iterator[tuple[int, Values, str]]:
    try:
        yield line, {name: _value(known[name], value, kind) for name, value in row.items()}, ""
    except ValidationError as error:
        yield line, {}, " ".join(error.messages)


def _value(field: models.Field | None, value: Any, kind: str) -> Any:
    """A value as JSON would have it. Raises ValidationError."""
    if kind == "csv":
        value = _from_cell(field, value)
    try:
        harmless(value)
    except ValueError as error:
        raise ValidationError(_("넣을 수 없는 글자가 있어요.")) from error
    if isinstance(field, models.JSONField):
        return _shaped(field, value)
    if field is None or value is None:
        return value
    if isinstance(field, models.BooleanField) and not isinstance(value, bool):
        raise _not_bool(field)
    try:
        found = field.to_python(value)
        if isinstance(found, dt.date):
            validate_year(found)
        return json.loads(snapshots.encode({"value": found}))["value"]
    except ValidationError as error:
        raise _named(field, value, error) from error


def _shaped(field: models.JSONField, value: Any) -> Any:
    shape = SHAPES.get(field.name)
    if shape and value is not None and not shape.holds(value):
        said = {"name": field.verbose_name, "example": shape.example}
        raise ValidationError(_("%(name)s: 이런 모양으로 적어 주세요: %(example)s") % said)
    return value


def _from_cell(field: models.Field | None, cell: Any) -> Any:
    if not isinstance(cell, str):
        raise ValidationError(_("칸의 수가 첫 줄과 달라요."))
    text = spreadsheets.unmarked(cell)
    if field is None or (text == "" and field.null):
        return text or None
    if not isinstance(field, models.JSONField | models.BooleanField | models.IntegerField):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if isinstance(field, models.BooleanField):
            raise _not_bool(field) from error
        raise _unreadable(field, text) from error


def _named(field: models.Field, value: Any, error: ValidationError) -> ValidationError:
    """What is wrong with a value, with the name of its column; of a key no more than that it is none."""
    if isinstance(getattr(field, "target_field", field), models.UUIDField):
        return _unreadable(field, str(value))
    return ValidationError(f"{field.verbose_name}: {' '.join(error.messages)}")


def _unreadable(field: models.Field, text: str) -> ValidationError:
    said = {"name": field.verbose_name, "value": history.short_text(text)}
    return ValidationError(_("%(name)s: ‘%(value)s’ 값을 읽을 수 없어요.") % said)


def _not_bool(field: models.Field) -> ValidationError:
    return ValidationError(_("%(name)s: true나 false로 적어 주세요.") % {"name": field.verbose_name})


def _json_rows(text: str) -> Iterator[tuple[int, Any, str]]:
    """The objects of an array, each with the line on which it begins."""
    decoder, at = json.JSONDecoder(), _skip(text, 0)
    if text[at : at + 1] != "[":
        yield 1, None, _("파일은 [로 시작하는 목록이어야 해요.")
        return
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        line = text.count("\n", 0, at) + 1
        try:
            row, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            yield getattr(error, "lineno", line), None, _("JSON이 아니에요.")
            return
        yield line, row, ""
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at : at + 1] == "," else at


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\n":
        at += 1
    return at


def _csv_rows(text: str) -> Iterator[tuple[int, Any, str]]:
    reader = csv.DictReader(io.StringIO(text), restkey="", strict=True)
    try:
        for row in reader:
            yield reader.line_num, row, _("칸의 수가 첫 줄과 달라요.") if "" in row else ""
    except csv.Error:
        yield reader.line_num, None, _("CSV가 아니에요.")


def _texts(watched: Watched, error: ValidationError) -> list[str]:
    """The messages of a row, each with the name of its column."""
    if not hasattr(error, "error_dict"):
        return error.messages
    labels = {field.name: str(field.verbose_name) for field in watched.model._meta.fields}
    return [
        f"{labels[name]}: {text}" if name in labels else text
        for name, texts in error.message_dict.items()
        for text in texts
    ]
