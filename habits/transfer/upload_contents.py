"""A file that somebody sent: what it is, and its parts. Whatever it is made to do to us, it is turned away instead.

Archives are read part by part up to a limit, never unpacked to a disk; their names lead nowhere.
"""

import csv
import io
import json
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from habits.transfer.parse_result import MOST_ROWS, At, Refusal, Refused

# An upload, an archive unpacked whole, one part of it; a table of JSON; the parts of an archive.
MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
MOST_PART = 40 * 1024 * 1024
MOST_PARTS = 2_000
# Brackets and commas: what a text of JSON can grow to in memory follows from their number.
MOST_VALUES = 3_000_000

SQLITE = b"SQLite format 3\0"
ZIP = b"PK\x03\x04"
# Before each entry of a zip's directory. `zipfile` keeps every entry in memory before it can be asked how many there
# are, and goes by the directory's length: the number that the file gives of itself may be any.
ENTRY = b"PK\x01\x02"


@contextmanager
def refusing(refusal: Refusal, *errors: type[Exception]) -> Iterator[None]:
    try:
        yield
    except errors as error:
        raise Refused(refusal) from error


class Archive:
    """A zip: `names` of its files, `read(name)` one of them. A folder that all lie in is left out of the names."""

    def __init__(self, data: bytes):
        if data.count(ENTRY) > MOST_PARTS:
            raise Refused(Refusal.TOO_MANY)
        # Here and below also what zipfile raises for a zip that asks for more than Python can open.
        with refusing(Refusal.BROKEN, zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        infos = self._zip.infolist()
        for info in infos:
            _must_be_harmless(info)
        if len({info.filename for info in infos}) != len(infos):
            raise Refused(Refusal.UNSAFE)
        files = [info for info in infos if not info.is_dir() and not _is_chaff(info.filename)]
        if sum(info.file_size for info in files) > MOST_UNPACKED:
            raise Refused(Refusal.TOO_BIG)
        folder = _common_folder([info.filename for info in files])
        self._infos = {info.filename[len(folder) :]: info for info in files}
        self._left = MOST_UNPACKED

    @property
    def names(self) -> list[str]:
        return list(self._infos)

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def read(self, name: str) -> bytes:
        """What the header says of its size is not believed: reading stops at the limit."""
        most = min(MOST_PART, self._left)
        broken = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)
        with refusing(Refusal.BROKEN, *broken), self._zip.open(self._infos[name]) as part:
            data = part.read(most + 1)
        if len(data) > most:
            raise Refused(Refusal.TOO_BIG)
        self._left -= len(data)
        return data


def _must_be_harmless(info: zipfile.ZipInfo) -> None:
    """No way out of a folder, no links or devices, nothing encrypted, and only how zips are usually packed."""
    name, mode = info.orig_filename, info.external_attr >> 16
    parts = name.replace("\\", "/").split("/")
    kind = stat.S_IFMT(mode)
    outside = ".." in parts or name.startswith(("/", "\\")) or ":" in name or "\0" in name
    special = kind not in (0, stat.S_IFREG, stat.S_IFDIR)
    if (
        outside
        or special
        or info.flag_bits & 0x1
        or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    ):
        raise Refused(Refusal.UNSAFE)


def _is_chaff(name: str) -> bool:
    """What a Mac puts into every archive."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] == ".DS_Store"


def _common_folder(names: list[str]) -> str:
    folders = {name.partition("/")[0] for name in names}
    nested = len(folders) == 1 and all("/" in name for name in names)
    # Loop's own folders of one habit are no wrapping.
    return f"{folders.pop()}/" if nested and any(name.count("/") == 1 for name in names) else ""


def text_of(data: bytes) -> str:
    """UTF-8, with or without its mark, or UTF-16 with one."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    with refusing(Refusal.ENCODING, UnicodeDecodeError):
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    if "\0" in text:
        raise Refused(Refusal.ENCODING)
    return text


def json_of(data: bytes) -> Mapping[str, Any]:
    """An object of JSON, not deeper or larger than any app writes."""
    if sum(data.count(sign) for sign in (b"{", b"[", b",")) > MOST_VALUES:
        raise Refused(Refusal.TOO_MANY)
    text = text_of(data)
    with refusing(Refusal.BROKEN, ValueError, RecursionError):
        value = json.loads(text, parse_constant=_no_number)
    if not isinstance(value, dict):
        raise Refused(Refusal.UNKNOWN)
    return value


def _no_number(name: str) -> None:
    raise ValueError(name)


def csv_rows(text: str, *, part: str) -> Iterator[tuple[At, list[str]]]:
    """The rows that hold something, with the line each ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    with refusing(Refusal.BROKEN, csv.Error):
        for number, row in enumerate(reader):
            if number > MOST_ROWS:
                raise Refused(Refusal.TOO_MANY)
            if row:
                yield At(part, reader.line_num), row


def csv_records(text: str, *, part: str) -> Iterator[tuple[At, dict[str, str]]]:
    """The rows after the first, by what the first calls their columns; a short row lacks the last ones."""
    rows = csv_rows(text, part=part)
    _at, head = next(rows, (At(), []))
    for at, row in rows:
        yield at, dict(zip(head, row, strict=False))
