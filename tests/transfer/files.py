"""Small sample files in the formats of other apps."""

import csv
import datetime as dt
import io
import json
import sqlite3
import zipfile

from habits.transfer.importers import wellness_csv

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
OLD_HEAD = "Position,Name,Question,Description,NumRepetitions,Interval,Color"
NEW_HEAD = (
    "Position,Name,Type,Question,Description,FrequencyNumerator,FrequencyDenominator,Color,Unit,Target Type,"
    "Target Value,Archived?"
)


def ago(days: int) -> str:
    return (TODAY - days * DAY).isoformat()


def table(*rows) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def zipped(parts: dict[str, str | bytes], *, how=zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def loop_zip(**parts: str) -> bytes:
    """Loop 2.3.1: a yes-or-no habit three times a week, amounts, an archived habit, a Korean name."""
    files = {
        "Habits.csv": "\n".join(
            [
                NEW_HEAD,
                '001,Run,YES_NO,Did you run?,"Slowly, ""gently""",3,7,#388E3C,,,,false',
                "002,물 마시기,NUMERICAL,,,1,1,#039BE5,잔,AT_LEAST,8.0,false",
                "003,Coffee,NUMERICAL,,,1,1,#5D4037,cups,AT_MOST,2.0,true",
            ]
        ),
        "001 Run/Checkmarks.csv": table(
            ["Date", "Value", "Notes"],
            [ago(0), "UNKNOWN", ""],
            [ago(1), "YES_MANUAL", "rain,\nbut fun"],
            [ago(2), "YES_AUTO", ""],
            [ago(3), "SKIP", ""],
            [ago(4), "NO", ""],
            [ago(5), "YES_MANUAL", ""],
        ),
        "001 Run/Scores.csv": "Date,Score\n2026-11-21,0.5\n",
        # The name has no Latin letters.
        "002/Checkmarks.csv": table(
            ["Date", "Value", "Notes"],
            [ago(1), "8000", ""],
            [ago(2), "3000", ""],
            [ago(3), "NO", ""],
            [ago(4), "SKIP", ""],
        ),
        "003 Coffee/Checkmarks.csv": table(["Date", "Value", "Notes"], [ago(1), "NO", ""], [ago(2), "4000", ""]),
        "Checkmarks.csv": "Date,Run,물 마시기,Coffee,\n"
        f"{ago(0)},UNKNOWN,UNKNOWN,UNKNOWN,\n{ago(1)},YES_MANUAL,8000,NO,\n{ago(2)},YES_AUTO,3000,4000,\n"
        f"{ago(3)},SKIP,NO,UNKNOWN,\n{ago(4)},NO,SKIP,UNKNOWN,\n{ago(5)},YES_MANUAL,UNKNOWN,UNKNOWN,\n",
        "Scores.csv": f"Date,Run,물 마시기,Coffee,\n{ago(1)},0.5,0.5,0.5,\n",
    }
    return zipped(files | parts)


def old_loop_zip() -> bytes:
    """Loop until 2.3.0: no types, no headers, numbers in place of words."""
    return zipped(
        {
            "Habits.csv": f"{OLD_HEAD}\n001,Meditate,Did you?,,1,1,#FF8F00\n002,Walk,,,1,1,#00897B\n",
            "001 Meditate/Checkmarks.csv": f"{ago(0)},-1\n{ago(1)},2\n{ago(2)},1\n{ago(3)},3\n{ago(4)},0\n{ago(5)},2\n",
            "002 Walk/Checkmarks.csv": f"{ago(1)},5000\n{ago(2)},0\n",
        }
    )


LOOP_HABITS = {
    25: "id integer primary key, archived integer, color integer, description text, freq_den integer, freq_num integer,"
    " highlight integer, name text, position integer, reminder_hour integer, reminder_min integer, reminder_days integer"
    " not null default 127, type integer not null default 0, target_type integer not null default 0, target_value real"
    " not null default 0, unit text not null default '', question text, uuid text",
    12: "Id INTEGER PRIMARY KEY, archived INTEGER, color INTEGER, description TEXT, freq_den INTEGER, freq_num INTEGER,"
    " highlight INTEGER, name TEXT, position INTEGER, reminder_days INTEGER, reminder_hour INTEGER, reminder_min INTEGER",
}
LOOP_DAYS = {
    25: "id integer primary key, habit integer, timestamp integer, value integer, notes text",
    12: "Id INTEGER PRIMARY KEY, habit INTEGER, timestamp INTEGER",
}


def stamp(days_ago: int) -> int:
    return ((TODAY - days_ago * DAY) - dt.date(1970, 1, 1)).days * 86_400_000


def loop_db(*, version=25, habits=(), days=(), sql="") -> bytes:
    """A backup; `habits` and `days` are dicts of columns."""
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE Habits ({LOOP_HABITS[version]})")
    database.execute(f"CREATE TABLE Repetitions ({LOOP_DAYS[version]})")
    for name, rows in (("Habits", habits), ("Repetitions", days)):
        for row in rows:
            marks = ", ".join("?" * len(row))
            database.execute(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    database.execute(f"PRAGMA user_version = {version}")
    database.executescript(sql)
    database.commit()
    data = database.serialize()
    database.close()
    return data


def loop_habit(number: int, name: object, **columns) -> dict:
    plain = {"id": number, "name": name, "archived": 0, "color": 8, "freq_num": 1, "freq_den": 1, "position": number}
    return plain | {"description": ""} | columns


def loop_day(habit: int, days_ago: int, **columns) -> dict:
    return {"habit": habit, "timestamp": stamp(days_ago)} | columns


def habitbull(*rows: str) -> bytes:
    return "\n".join(["HabitName,HabitDescription,HabitCategory,CalendarDate,Value,CommentText", *rows, ""]).encode()


def milliseconds(days_ago: int, *, hour=12) -> int:
    at = dt.datetime.combine(TODAY - days_ago * DAY, dt.time(hour), dt.UTC)
    return int(at.timestamp() * 1000)


def habitica(*, dailys=(), habits=(), todos=(), **more) -> bytes:
    tasks = {"dailys": list(dailys), "habits": list(habits), "todos": list(todos), "rewards": []}
    return json.dumps(
        {"_id": "u", "preferences": {"timezoneOffset": -540, "dayStart": 4}, "tasks": tasks} | more
    ).encode()


def beaver(*habits: dict) -> bytes:
    return json.dumps({"user_email": "a@example.com", "exported_at": "2026-11-22 09:00:00", "habits": habits}).encode()


def habittrove(*habits: dict, zone="Asia/Seoul") -> bytes:
    return zipped(
        {
            "habits.json": json.dumps({"habits": habits}),
            "settings.json": json.dumps({"ui": {}, "system": {"timezone": zone}}),
            "auth.json": '{"users": [{"password": "hash"}]}',
        }
    )


def our_json(**parts) -> bytes:
    """A habit of our own JSON export."""
    rule = {"frequency": "daily", "schedule": {}, "target": 1, "unit": "", "direction": "at_least"}
    habit = {"id": "1", "name": "A", "rules": [rule | {"from": "0001-01-01"}], "check_ins": [], "rests": []} | parts
    return json.dumps({"format": "wellness-habits", "version": 1, "habits": [habit]}).encode()


def our_csv(*rows: str) -> bytes:
    return "\n".join([",".join(wellness_csv.COLUMNS), *rows, ""]).encode()


def many_habits(*, habits: int, days: int, notes=False) -> bytes:
    """A Beaver file with this number of habits and of days for each."""
    text = {"text": "메모"} if notes else {}
    return beaver(
        *(
            {"id": f"h{n}", "name": f"습관 {n}", "records": [{"day": ago(d), "done": True} | text for d in range(days)]}
            for n in range(habits)
        )
    )


def written(row) -> dict[str, int]:
    """What an import has written into the record; badges follow from it."""
    return {kind: number for kind, number in row.result.items() if kind != "badges"}
