"""Measures the fill of a day of many people, and the redo of late changes.

`measure()` creates people with three habits and a check-in of each on one day, in a transaction that it rolls back. It times the
bare INSERT … SELECT of the counts, the fill with all columns, and the redo of the hundredth part of the people.
"""

import datetime as dt
import time
from collections.abc import Callable
from typing import NamedTuple

from django.db import connection, transaction

from accounts.days import ONE_DAY
from analytics import daily_aggregates
from analytics.fill_ledger import Zone
from bench.report import Section
from bench.stage import Stage
from habits import streaks

PEOPLE, LATE = 20_000, 100
ZONE = Zone("Asia/Seoul", 3)

_PEOPLE = """
    INSERT INTO users (id, email, email_index, name, timezone, day_start, created_at)
    SELECT gen_random_uuid(), 'bench', 'bench' || n, 'bench', %(zone)s, %(day_start)s, now() - interval '9 days'
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
# What the numbers cost at least: reading the day and writing its rows.
_BARE = """
    INSERT INTO user_analytics (user_id, date, completed_habits, avg_mood_score)
    SELECT user_habits.user_id, log.local_date, count(*), avg(log.mood_score)
    FROM habit_logs AS log JOIN user_habits ON user_habits.id = log.user_habit_id
    WHERE log.local_date = %(day)s AND log.completed_at >= %(day)s::date - 1 AND log.completed_at < %(day)s::date + 2
    GROUP BY 1, 2
"""


class Measured(NamedTuple):
    bare_seconds: float
    fill_seconds: float
    redo_seconds: float

    @property
    def fill_ratio(self) -> float:
        return self.fill_seconds / self.bare_seconds

    @property
    def redo_ratio(self) -> float:
        return self.redo_seconds / self.fill_seconds


class _Undo(Exception):
    pass


def section(_stage: Stage) -> Section:
    found = measure()
    rows = [
        ("the fill ÷ a bare INSERT … SELECT", f"{found.fill_ratio:.2f}", "≤ 2"),
        ("the redo of 1 % of the people ÷ the fill", f"{found.redo_ratio:.2f}", "≤ 0.03"),
    ]
    return Section(f"The numbers of a day, {PEOPLE:,} people", ("what", "ratio", "aim"), rows)


def measure(*, people: int = PEOPLE, late: int = LATE) -> Measured:
    """Needs a migrated database with a catalogue.

    `late`: every how many people one changed yesterday.
    """
    found: list[float] = []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            now = dt.datetime.now(dt.UTC)
            day = ZONE.calendar.day_of(now) - ONE_DAY
            since, _until = ZONE.calendar.bounds(day)
            state = streaks.State(through=day, days=1, best_days=1, total=1).to_json()
            values = {
                "people": people, "zone": ZONE.name, "day_start": ZONE.day_start, "day": day, "at": since,
                "state": str(state),
            }  # fmt: skip
            for sql in (
                _PEOPLE,
                _HABITS,
                # The triggers of check-ins look their habits up.
                "ANALYZE users, user_habits",
                _LOGS,
                "DELETE FROM stale_aggregates",
                "ANALYZE users, user_habits, habit_logs",
            ):
                cursor.execute(sql, values if "%(" in sql else None)
            found.append(_seconds(lambda: cursor.execute(_BARE, values)))
            cursor.execute("DELETE FROM user_analytics WHERE date = %(day)s", values)
            found.append(_seconds(lambda: daily_aggregates.fill(ZONE, day)))
            cursor.execute(
                "INSERT INTO stale_aggregates SELECT id, %s, n FROM (SELECT id, row_number() OVER () AS n FROM users"
                " WHERE email = 'bench') AS numbered WHERE n %% %s = 0",
                [day, late],
            )
            found.append(_seconds(lambda: daily_aggregates.redo_stale(now=now)))
            raise _Undo
    except _Undo:
        return Measured(*found)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
