"""An untrusted uploaded file: its type and its parts, read under limits.

Raises ImportRefused for a harmful file.

Archives are read part by part up to a limit and never unpacked to disk; names inside them are never used as paths.
"""

import csv
import io
import json
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from habits.transfer.import_limits import MAX_CELLS, MAX_ROWS
from habits.transfer.parsed_file import ImportRefused, Location, RefusalReason

# Bytes of an upload, of an unpacked archive, of one part of it; number of parts.
MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_PART = 40 * 1024 * 1024
MAX_PARTS = 2_000
# Brackets and commas in a JSON text: the memory that it takes follows from their number.
MAX_VALUES = 3_000_000

SQLITE = b"SQLite format 3\0"
ZIP = b"PK\x03\x04"
# Precedes each entry of a zip's directory. `zipfile` loads every entry into memory before it can be asked for their number,
# and goes by the directory's length, not by the number that the file states.
ENTRY = b"PK\x01\x02"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Of the columns of a table.
DELIMITERS = ",;\t"
MAIN_FILE, DATA_SUFFIXES = "habits.json", (".db", ".json", ".csv")


@contextmanager
def refusing(reason: RefusalReason, *errors: type[Exception]) -> Iterator[None]:
    """Turns `errors` into ImportRefused."""
    try:
        yield
    except errors as error:
        raise ImportRefused(reason) from error


class Archive:
    """A zip.

    `names` are those of its files, without a folder that contains all of them; `read(name)` reads one.
    """

    def __init__(self, data: bytes):
        if data.count(ENTRY) > MAX_PARTS:
            raise ImportRefused(RefusalReason.TOO_MANY)
        # These include what zipfile raises, here and below, for a zip with features that Python lacks.
        with refusing(RefusalReason.BROKEN, zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        infos = self._zip.infolist()
        for info in infos:
            _check_entry(info)
        if len({info.filename for info in infos}) != len(infos):
            raise ImportRefused(RefusalReason.UNSAFE)
        files = [info for info in infos if not info.is_dir() and not _is_mac_metadata(info.filename)]
        if sum(info.file_size for info in files) > MAX_UNPACKED:
            raise ImportRefused(RefusalReason.TOO_BIG)
        folder = _common_folder([info.filename for info in files])
        self._infos = {info.filename[len(folder) :]: info for info in files}
        self._left = MAX_UNPACKED
        self._counted: set[str] = set()

    @property
    def names(self) -> list[str]:
        return list(self._infos)

    @property
    def main_file(self) -> str:
        """`habits.json`, else the only file if it is one of data; else empty."""
        if MAIN_FILE in self:
            return MAIN_FILE
        only = self.names[0] if len(self.names) == 1 else ""
        return only if only.lower().endswith(DATA_SUFFIXES) else ""

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def read(self, name: str) -> bytes:
        """Reads up to the limit; the size in the header is not trusted. A part counts once."""
        most = min(MAX_PART, MAX_PART if name in self._counted else self._left)
        broken = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)
        with refusing(RefusalReason.BROKEN, *broken), self._zip.open(self._infos[name]) as part:
            data = part.read(most + 1)
        if len(data) > most:
            raise ImportRefused(RefusalReason.TOO_BIG)
        if name not in self._counted:
            self._counted.add(name)
            self._left -= len(data)
        return data


def _check_entry(info: zipfile.ZipInfo) -> None:
    """Refuses paths out of the folder, links, devices, encryption and unusual compression."""
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
        raise ImportRefused(RefusalReason.UNSAFE)


def _is_mac_metadata(name: str) -> bool:
    """Whether it is one of the files that macOS adds to archives."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] == ".DS_Store"


def _common_folder(names: list[str]) -> str:
    folders = {name.partition("/")[0] for name in names}
    nested = len(folders) == 1 and all("/" in name for name in names)
    # A zip with only one habit's folder of Loop has no common folder.
    return f"{folders.pop()}/" if nested and any(name.count("/") == 1 for name in names) else ""


class Upload:
    """An uploaded file: an archive or not, and its content as bytes, as a JSON object, as text.

    `day_first` is how the person said to read dates like "3/7/2026"; None if the file decides.
    """

    def __init__(self, data: bytes, *, day_first: bool | None = None):
        self._data, self.day_first = data, day_first
        self.archive = Archive(data) if data.startswith(ZIP) else None

    @cached_property
    def content(self) -> bytes:
        """The file itself; of a zip its `habits.json` or its only data file.

        Empty if a zip has neither.
        """
        if self.archive is None:
            return self._data
        name = self.archive.main_file
        return self.archive.read(name) if name else b""

    @property
    def is_json(self) -> bool:
        starts_object = self.content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        return starts_object or self.content[:4] in (b"\xff\xfe{\0", b"\xfe\xff\0{")

    @cached_property
    def json(self) -> Mapping[str, Any]:
        """Empty if the content is no JSON object."""
        return json_of(self.content) if self.is_json else {}

    @cached_property
    def text(self) -> str:
        """Empty if the content is binary or JSON."""
        is_utf16 = self.content.startswith(UTF16_MARKS)
        if self.is_json or (b"\0" in self.content[:1000] and not is_utf16):
            return ""
        return csv_text_of(self.content)


def csv_text_of(data: bytes) -> str:
    """Decodes like `text_of`, and CP949, in which a Korean Excel saves CSV files."""
    try:
        return text_of(data)
    except ImportRefused:
        return text_of(data, encoding="cp949")


def text_of(data: bytes, *, encoding: str = "utf-8-sig") -> str:
    """Decodes UTF-8 with or without a byte order mark, or UTF-16 with one."""
    is_utf16 = data.startswith(UTF16_MARKS)
    with refusing(RefusalReason.ENCODING, UnicodeDecodeError):
        text = data.decode("utf-16" if is_utf16 else encoding)
    if "\0" in text:
        raise ImportRefused(RefusalReason.ENCODING)
    return text


def json_of(data: bytes) -> Mapping[str, Any]:
    """A JSON object; deeper or larger ones than any app writes are refused."""
    if sum(data.count(sign) for sign in (b"{", b"[", b",")) > MAX_VALUES:
        raise ImportRefused(RefusalReason.TOO_MANY)
    text = text_of(data)
    with refusing(RefusalReason.BROKEN, ValueError, RecursionError):
        value = json.loads(text, parse_constant=_refuse_constant)
    if not isinstance(value, dict):
        raise ImportRefused(RefusalReason.UNKNOWN)
    return value


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(name)


def check_table_size(texts: Iterable[str]) -> None:
    """Refuses tables that together hold more lines or cells than any app writes.

    They are counted before they are parsed.
    """
    rows = cells = 0
    for text in texts:
        rows += max(text.count("\n"), text.count("\r"))
        cells += sum(text.count(delimiter) for delimiter in DELIMITERS)
        if rows > MAX_ROWS or cells > MAX_CELLS:
            raise ImportRefused(RefusalReason.TOO_MANY)


def csv_rows(text: str, *, part: str) -> Iterator[tuple[Location, list[str]]]:
    """The rows that are not empty, with the line on which each ends.

    Excel separates columns as its region does: the first line shows whether by commas, semicolons or tabs.
    """
    check_table_size([text])
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    with refusing(RefusalReason.BROKEN, csv.Error):
        for row in reader:
            if row:
                yield Location(part, reader.line_num), row


def csv_records(text: str, *, part: str) -> Iterator[tuple[Location, dict[str, str]]]:
    """The rows after the header, as column → value; a short row lacks the last columns."""
    rows = csv_rows(text, part=part)
    _at, header = next(rows, (Location(), []))
    for at, row in rows:
        yield at, dict(zip(header, row, strict=False))
