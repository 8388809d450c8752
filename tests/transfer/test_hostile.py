"""Harmful files: each is refused with its reason, quickly, and changes nothing."""

import datetime as dt
import io
import json
import stat
import struct
import time
import tracemalloc
import zipfile
import zlib

import pytest

from habits.transfer import formats, import_limits, upload_contents
from habits.transfer.importers import loop_sqlite
from habits.transfer.parsed_file import ImportRefused, RefusalReason
from tests.transfer import files
from tests.transfer.files import TODAY, ago, loop_habit
from tests.waiting import PATIENCE

HABITS_CSV = f"{files.OLD_HEAD}\n001,A,,,1,1,#FF8F00\n"


def named(name: str, *, mode: int = 0, flags: int = 0) -> bytes:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Habits.csv", HABITS_CSV)
        archive.writestr(info, "x")
    data = bytearray(file.getvalue())
    if flags:
        at = data.rindex(b"PK\x01\x02")
        data[at + 8 : at + 10] = struct.pack("<H", flags)
    return bytes(data)


def understated_bomb() -> bytes:
    """A zip bomb with a small size in its header."""
    data = bytearray(files.zipped({"Habits.csv": b"x" * 1_000_000}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


def overlapping_bomb() -> bytes:
    """A zip bomb with many names for the same content."""
    data = files.zipped({"Habits.csv": HABITS_CSV, "001 A/Checkmarks.csv": b"0" * 6_000_000})
    end = data.rindex(b"PK\x05\x06")
    entry = data[data.rindex(b"PK\x01\x02") : end]
    head = data[: data.index(b"PK\x01\x02")]
    first = data[data.index(b"PK\x01\x02") : data.rindex(b"PK\x01\x02")]
    copies = b"".join(entry.replace(b"001 A/", b"%03d A/" % number) for number in range(1, 21))
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 21, 21, len(first) + len(copies), len(head), 0)
    return head + first + copies + tail


def corrupted(data: bytes) -> bytes:
    return data[: len(data) // 2] + b"\xff" * 40 + data[len(data) // 2 + 40 :]


def nested(depth: int) -> bytes:
    return b'{"habits": ' + b"[" * depth + b"]" * depth + b"}"


def database(sql: str) -> bytes:
    return files.loop_db(habits=[loop_habit(1, "A")], sql=sql)


FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS habit, i AS timestamp FROM n"
GENERATED = "DROP TABLE Repetitions; CREATE TABLE Repetitions (habit, timestamp AS (length(hex(zeroblob(400000000)))))"
LONG_TABLE = "UPDATE Habits SET name = hex(zeroblob(3000000))"
JSON_OF_NOTHING = b'{"habits": [' + b"[]," * 1_600_000 + b"[]]}"

HOSTILE = {
    "a path that leads out": (lambda: named("../Habits.csv"), RefusalReason.UNSAFE),
    "a path that leads out the other way": (lambda: named("..\\Habits.csv"), RefusalReason.UNSAFE),
    "an absolute path": (lambda: named("/etc/passwd"), RefusalReason.UNSAFE),
    "a drive": (lambda: named("C:Habits.csv"), RefusalReason.UNSAFE),
    "a symbolic link": (lambda: named("link", mode=stat.S_IFLNK | 0o777), RefusalReason.UNSAFE),
    "a device": (lambda: named("null", mode=stat.S_IFCHR | 0o666), RefusalReason.UNSAFE),
    "an encrypted part": (lambda: named("secret", flags=1), RefusalReason.UNSAFE),
    "the same name twice": (lambda: named("Habits.csx").replace(b"Habits.csx", b"Habits.csv"), RefusalReason.UNSAFE),
    "bzip2 inside": (lambda: files.zipped({"Habits.csv": HABITS_CSV}, how=zipfile.ZIP_BZIP2), RefusalReason.UNSAFE),
    "lzma inside": (lambda: files.zipped({"Habits.csv": HABITS_CSV}, how=zipfile.ZIP_LZMA), RefusalReason.UNSAFE),
    "a bomb": (lambda: files.zipped({"Habits.csv": b"0" * (upload_contents.MAX_PART + 1)}), RefusalReason.TOO_BIG),
    "a bomb with a false size": (understated_bomb, RefusalReason.BROKEN),
    "a bomb of one content": (overlapping_bomb, RefusalReason.TOO_BIG),
    "too many parts": (lambda: files.zipped({f"{n}.csv": "" for n in range(upload_contents.MAX_PARTS + 1)}), RefusalReason.TOO_MANY),
    "a zip cut off": (lambda: files.loop_zip()[:-30], RefusalReason.BROKEN),
    "a spoiled zip": (lambda: corrupted(files.loop_zip()), RefusalReason.BROKEN),
    "a zip of another thing": (lambda: files.zipped({"photo.jpg": b"\xff\xd8"}), RefusalReason.UNKNOWN),
    "a zip in a zip": (lambda: files.zipped({"inner.zip": files.loop_zip()}), RefusalReason.UNKNOWN),
    "an empty zip": (lambda: files.zipped({}), RefusalReason.UNKNOWN),
    "a view that never ends": (lambda: database(f"DROP TABLE Repetitions; CREATE VIEW Repetitions AS {FOREVER}"), RefusalReason.SCHEMA),
    "a generated column": (lambda: database(GENERATED), RefusalReason.SCHEMA),
    "a virtual table": (lambda: database("DROP TABLE Repetitions; CREATE VIRTUAL TABLE Repetitions USING fts5(habit, timestamp)"), RefusalReason.SCHEMA),
    "a huge name": (lambda: database(LONG_TABLE), RefusalReason.BROKEN),
    "another database": (lambda: database("DROP TABLE Habits"), RefusalReason.SCHEMA),
    "a database without its columns": (lambda: database("ALTER TABLE Habits DROP COLUMN freq_num"), RefusalReason.SCHEMA),
    "a spoiled database": (lambda: corrupted(files.loop_db(habits=[loop_habit(n, "A" * 200) for n in range(200)])), RefusalReason.BROKEN),
    "a database cut off": (lambda: files.loop_db(habits=[loop_habit(1, "A")])[:1000], RefusalReason.BROKEN),
    "the first bytes of a database": (lambda: upload_contents.SQLITE, RefusalReason.BROKEN),
    "a text that is no UTF-8": (lambda: files.habitbull("\u00e9").decode().encode("latin-1"), RefusalReason.ENCODING),
    "a Korean JSON text in cp949": (lambda: '{"habits": [{"name": "물", "records": []}]}'.encode("cp949"), RefusalReason.ENCODING),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", RefusalReason.UNKNOWN),
    "a program": (lambda: b"\x7fELF\2\1\1\0\0\0", RefusalReason.UNKNOWN),
    "a page": (lambda: b"<!doctype html><p>habits", RefusalReason.UNKNOWN),
    "another table": (lambda: b"a,b\n1,2\n", RefusalReason.UNKNOWN),
    "quotes without end": (lambda: files.habitbull('"A,,,2026-11-01,1,'), RefusalReason.BROKEN),
    "a cell without end": (lambda: files.habitbull("A" * 200_000 + ",,,2026-11-01,1,"), RefusalReason.BROKEN),
    "brackets without end": (lambda: nested(100_000), RefusalReason.BROKEN),
    "brackets by the million": (lambda: JSON_OF_NOTHING, RefusalReason.TOO_MANY),
    "a number without end": (lambda: b'{"habits": [' + b"9" * 100_000 + b"]}", RefusalReason.BROKEN),
    "no number": (lambda: b'{"habits": [NaN]}', RefusalReason.BROKEN),
    "JSON cut off": (lambda: files.beaver({"name": "A", "records": []})[:-5], RefusalReason.BROKEN),
    "JSON of another kind": (lambda: b'{"hello": 1}', RefusalReason.SCHEMA),
    "JSON of habits of another kind": (lambda: b'{"habits": [{"name": "A"}]}', RefusalReason.SCHEMA),
    "twenty megabytes and more": (lambda: b"{" + b" " * upload_contents.MAX_BYTES, RefusalReason.TOO_BIG),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(name):
    make, reason = HOSTILE[name]
    data = make()
    begun = time.process_time()  # what other processes do does not count

    with pytest.raises(ImportRefused) as refused:
        formats.parse(data, today=TODAY, zone="UTC")

    assert (refused.value.reason, time.process_time() - begun < PATIENCE) == (reason, True)


def test_a_directory_without_end_is_refused_before_it_is_read():
    entries = (upload_contents.ENTRY + bytes(42)) * 100_000
    # The stated number of entries is 1.
    data = entries + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(entries), 0, 0)
    tracemalloc.start()

    with pytest.raises(ImportRefused) as refused:
        upload_contents.Archive(data)

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refused.value.reason, most < 1_000_000) == (RefusalReason.TOO_MANY, True)


def test_triggers_and_hostile_indexes_of_a_database_do_nothing():
    sql = (
        "CREATE TABLE log (x); CREATE TRIGGER t AFTER INSERT ON Repetitions BEGIN INSERT INTO log VALUES (1); END;"
        "CREATE INDEX i ON Repetitions (hex(timestamp)) WHERE habit > 0"
    )

    assert formats.parse(database(sql), today=TODAY, zone="UTC").habits[0].name == "A"


def test_reading_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(loop_sqlite, "MAX_SECONDS", -1.0)
    days = [files.loop_day(1, 1, value=2) for _ in range(5000)]

    with pytest.raises(ImportRefused) as refused:
        formats.parse(files.loop_db(habits=[loop_habit(1, "A")], days=days), today=TODAY, zone="UTC")

    assert refused.value.reason == RefusalReason.SLOW


def test_values_of_wrong_types_are_named_and_the_rest_is_read():
    strange = [None, True, 1.5, "x", [], {}, -1, 10**30]
    records = [{"day": day, "done": done} for day in strange for done in strange] + [{"day": ago(1), "done": True}]
    dailys = [
        dict.fromkeys(["text", "frequency", "everyX", "repeat", "history", "tags", "checklist", "reminders"], one)
        for one in strange
    ]

    found = formats.parse(
        files.beaver({"name": "A", "records": records, "period": 5, "tags": 3}), today=TODAY, zone="UTC"
    )
    tasks = {
        "dailys": [*dailys, {"text": "B", "history": [{"date": one, "completed": True} for one in strange]}],
        "habits": 3,
    }
    others = formats.parse(
        json.dumps({"tasks": tasks, "preferences": [], "tags": "t"}).encode(), today=TODAY, zone="UTC"
    )

    assert len(found.habits[0].days) == 1
    # Nothing of B can be read.
    assert [habit.name for habit in others.habits] == ["x"]


LINES = import_limits.MAX_ROWS + 1
# Broken in its first row: it would be refused for that if it were parsed.
BROKEN_ROW = '"a"b,\n'
LONG_TABLES = {
    "HabitBull": lambda: files.habitbull(BROKEN_ROW + "\n" * LINES),
    "HabitBull with returns": lambda: files.habitbull(BROKEN_ROW + "\r" * LINES),
    "HabitBull in cells": lambda: files.habitbull(BROKEN_ROW + "," * import_limits.MAX_CELLS),
    "our CSV": lambda: files.our_csv(BROKEN_ROW + "\n" * LINES),
    "a table of Loop": lambda: files.loop_zip(**{"001 Run/Checkmarks.csv": BROKEN_ROW + "\n" * LINES}),
    "all tables of Loop": lambda: files.loop_zip(**{f"00{n} A/Checkmarks.csv": BROKEN_ROW + "\n" * (LINES // 4) for n in range(4, 9)}),
    "the table of all of Loop": lambda: files.loop_zip(**{"Checkmarks.csv": BROKEN_ROW + "\n" * LINES}),
}  # fmt: skip


@pytest.mark.parametrize("name", LONG_TABLES)
def test_a_table_that_is_too_long_is_refused_before_it_is_parsed(name):
    with pytest.raises(ImportRefused) as refused:
        formats.parse(LONG_TABLES[name](), today=TODAY, zone="UTC")

    assert refused.value.reason == RefusalReason.TOO_MANY


def _long_files(rows: int) -> dict[str, bytes]:
    """A file of each format that is no table, with so many rows."""
    done = [{"date": files.milliseconds(n), "completed": True} for n in range(rows)]
    counted = [{"date": files.milliseconds(n % 9), "scoredUp": 1, "scoredDown": 0} for n in range(rows)]
    days = [files.loop_day(1, n, value=2) for n in range(rows)]
    return {
        "beaver": files.beaver({"name": "A", "records": [{"day": ago(n), "done": True} for n in range(rows)]}),
        "habitica": files.habitica(dailys=[{"_id": "a", "text": "A", "history": done}]),
        "habitica's counts": files.habitica(habits=[{"_id": "a", "text": "A", "history": counted}]),
        "habittrove": files.habittrove({"name": "A", "completions": [f"{ago(n % 9)}T01:00:00Z" for n in range(rows)]}),
        "our JSON": files.our_json(check_ins=[{"day": ago(n), "amount": 1} for n in range(rows)]),
        "Loop's backup": files.loop_db(habits=[loop_habit(1, "A")], days=days),
        "lines that cannot be read": files.beaver({"name": "A", "records": [5] * rows}),
    }


@pytest.mark.parametrize("name", _long_files(1))
@pytest.mark.parametrize(("limit", "most", "reason"), [("MAX_ROWS", 1500, "too_many"), ("MAX_SECONDS", -1.0, "slow")])
def test_every_format_stops_at_its_limits(monkeypatch, name, limit, most, reason):
    data = _long_files(2000)[name]
    monkeypatch.setattr(import_limits, limit, most)

    with pytest.raises(ImportRefused) as refused:
        formats.parse(data, today=TODAY, zone="UTC")

    assert refused.value.reason == reason


def test_a_zip_is_never_read_beyond_its_limit():
    archive = upload_contents.Archive(files.zipped({"a": zlib.compress(b"x"), "b": "y"}))

    assert (archive.read("b"), "c" in archive) == (b"y", False)


def test_rests_on_top_of_one_another_do_not_take_hours():
    data = files.our_json(rests=[{"first": "2017-01-01", "last": TODAY.isoformat()}] * 100_000)
    before = time.process_time()

    with pytest.raises(ImportRefused) as refused:
        formats.parse(data, today=TODAY, zone="Asia/Seoul")

    assert refused.value.reason == RefusalReason.TOO_MANY
    assert time.process_time() - before < PATIENCE


def test_of_rules_without_end_the_last_are_kept():
    rule = {"frequency": "daily", "schedule": {}, "target": 1, "unit": "", "direction": "at_least"}
    rules = [rule | {"from": dt.date.fromordinal(number).isoformat()} for number in range(1, 2001)]
    done = [{"day": TODAY.isoformat(), "amount": 1}]

    [habit] = formats.parse(files.our_json(rules=rules, check_ins=done), today=TODAY, zone="Asia/Seoul").habits

    assert len(habit.timeline.rules) == 500
    assert habit.timeline.to_json()[-1] == rules[-1]
