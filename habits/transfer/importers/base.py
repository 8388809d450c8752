"""What an importer tells about one app.

A new importer is a module with an `IMPORTER` here, a line in registry.py, and sample files in tests/transfer. It knows
neither the database nor the clock.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from habits.transfer.importers.values import is_day_first
from habits.transfer.parsed_file import ParsedFile
from habits.transfer.upload_contents import Upload, csv_records

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Recognise(Protocol):
    def __call__(self, upload: Upload, /) -> bool: ...


class Read(Protocol):
    """`zone` is the person's time zone, for files that name none. Raises ImportRefused."""

    def __call__(self, upload: Upload, /, *, today: dt.date, zone: str) -> ParsedFile: ...


@dataclass(frozen=True)
class Importer:
    # Stored with each import and in `user_habits.origin`: it stays as it is.
    key: str
    # The app's name.
    label: str
    # How to export the file there; shown on the upload page.
    instructions: "_StrPromise"
    recognises: Recognise
    read: Read


def is_table_day_first(upload: Upload, column: str) -> bool | None:
    """How to read the dates of a CSV file: as the person said, else by its column."""
    if upload.day_first is not None:
        return upload.day_first
    return is_day_first(row.get(column, "") for _at, row in csv_records(upload.text, part=""))


def begins_with(upload: Upload, header: str) -> bool:
    """Whether the first line of a CSV file begins with these columns, whatever separates them."""
    return re.sub(r"[;\t]", ",", upload.text[: len(header) + 100].replace('"', "")).startswith(header)


def habit_fields(upload: Upload) -> set[str]:
    """The field names of the first habits in a JSON file of the form `{"habits": [{…}, …]}`."""
    habits = upload.json.get("habits")
    items = habits[:50] if isinstance(habits, list) else []
    return {name for item in items if isinstance(item, Mapping) for name in item}
