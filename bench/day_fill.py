"""Measures the fill of a day of many people, and the redo of late changes.

`measure()` creates people with three habits and a check-in of each on one day, in a transaction that it rolls back. It
times the bare INSERT … SELECT of the counts, the fill with all columns, and the redo of one person of LATE, whose check-in
was changed late. Each statement starts with indexes that hold nothing of the others. CPU is that of PostgreSQL's process
and of ours together.
"""

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction

from accounts.days import ONE_DAY
from analytics import daily_aggregates
from analytics.fill_ledger import Zone
from bench.report import Section
from bench.stage import Stage
from habits import streaks

PEOPLE, LATE = 200_000, 100
ZONE = Zone("Asia/Seoul", 3)

_PEOPLE = """
    INSERT INTO users (id, email, email_index, name, timezone, day_start, created_at)
    SELECT gen_random_uuid(), 'bench', 'bench' || n, 'bench', %(zone)s, %(day_start)s, now() - interval '19 days'
    FROM generate_series(1, %(people)s) AS n
"""
_HABITS = """
    INSERT INTO user_habits (user_id, habit_id, started_on, streak_state, streak_through, current_streak)
    SELECT users.id, three.id, %(day)s, %(state)s, %(day)s, 1
    FROM users, (SELECT id FROM habits LIMIT 3) AS three WHERE email = 'bench'
"""
_LOGS = """
    INSERT INTO habit_logs (user_habit_id, target_count, completed_at, local_date, mood_score)
    SELECT user_habits.id, 1, %(at)s, %(day)s, 7 FROM user_habits JOIN users ON users.id = user_id WHERE email = 'bench'
"""
# What the numbers cost at least: reading the day and writing its rows. They are written to a day that the fill does not meet.
_BARE = """
    INSERT INTO user_analytics (user_id, date, completed_habits, avg_mood_score)
    SELECT user_habits.user_id, log.local_date - 1000, count(*), avg(log.mood_score)
    FROM habit_logs AS log JOIN user_habits ON user_habits.id = log.user_habit_id
    WHERE log.local_date = %(day)s AND log.completed_at >= %(day)s::date - 1 AND log.completed_at < %(day)s::date + 2
    GROUP BY 1, 2
"""
# The triggers mark whose numbers it makes wrong.
_LATE = """
    UPDATE habit_logs SET mood_score = 2 WHERE local_date = %(day)s AND user_habit_id IN (
        SELECT (array_agg(own.id))[1] FROM user_habits AS own
        JOIN (SELECT id, row_number() OVER () AS n FROM users WHERE email = 'bench') AS person ON person.id = own.user_id
        WHERE n %% %(late)s = 0 GROUP BY own.user_id
    )
"""


class Times(NamedTuple):
    seconds: float
    cpu: float


class DayFillTimes(NamedTuple):
    bare: Times
    fill: Times
    redo: Times


def section(stage: Stage) -> Section:
    people = stage.scale.of(PEOPLE)
    found = measure(people=people)
    rows = [
        _row("the fill ÷ a bare INSERT … SELECT", found.fill, found.bare, "≤ 2"),
        _row("the redo of 1 % of the people ÷ the fill", found.redo, found.fill, "≤ 0.03"),
    ]
    return Section(f"The numbers of a day, {people:,} people", ("what", "CPU", "time", "aim"), rows)


def _row(name: str, of: Times, by: Times, aim: str) -> tuple[str, ...]:
    return (name, f"{of.cpu / by.cpu:.3f}", f"{of.seconds / by.seconds:.3f}", aim)


def measure(*, people: int, late: int = LATE) -> DayFillTimes:
    """Needs a migrated database with a catalogue.

    One person of each `late` people has changed yesterday.
    """
    with transaction.atomic():
        found = _measure(people, late)
        transaction.set_rollback(True)
    return found


def _measure(people: int, late: int) -> DayFillTimes:
    now = dt.datetime.now(dt.UTC)
    day = ZONE.calendar.day_of(now) - ONE_DAY
    state = streaks.State(through=day, days=1, best_days=1, total=1).to_json()
    values = {
        "people": people, "late": late, "zone": ZONE.name, "day_start": ZONE.day_start, "day": day,
        "at": ZONE.calendar.bounds(day)[0], "state": str(state),
    }  # fmt: skip
    with connection.cursor() as cursor:
        for sql in (
            # Without triggers, which mark everything and take the square of so many rows.
            "ALTER TABLE user_habits DISABLE TRIGGER USER",
            "ALTER TABLE habit_logs DISABLE TRIGGER USER",
            _PEOPLE,
            _HABITS,
            "ANALYZE users, user_habits",
            _LOGS,
            "ANALYZE habit_logs",
            # Marks of the people of other rows, whose years would be redone here.
            "DELETE FROM stale_aggregates",
            "SET CONSTRAINTS ALL IMMEDIATE",
            "ALTER TABLE user_habits ENABLE TRIGGER USER",
            "ALTER TABLE habit_logs ENABLE TRIGGER USER",
            "SET CONSTRAINTS ALL DEFERRED",
        ):
            cursor.execute(sql, values if "%(" in sql else None)
        bare = _spent(lambda: cursor.execute(_BARE, values))
        fill = _spent(lambda: daily_aggregates.fill(ZONE, day))
        cursor.execute(_LATE, values)
        return DayFillTimes(bare, fill, _spent(lambda: daily_aggregates.redo_stale(now=now)))


def _spent(work: Callable[[], object]) -> Times:
    began, cpu = time.perf_counter(), _cpu()
    work()
    return Times(time.perf_counter() - began, _cpu() - cpu)


def _cpu() -> float:
    nanoseconds = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]
    return time.process_time() + int(nanoseconds) / 1e9
