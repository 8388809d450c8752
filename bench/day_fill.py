"""Measures the fill of a day of many people, and the redo of late changes.

`measure()` creates people with three habits and a check-in of each on one day, in a transaction that it rolls back. It times the
bare INSERT … SELECT of the counts, the fill with all columns, and the redo of the hundredth part of the people, of whose
check-ins one was changed late. Each round has people, a day and a time zone of its own, so that no statement meets what another
one left in the indexes. CPU is that of PostgreSQL's process and of ours together.
"""

import datetime as dt
import statistics
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

PEOPLE, LATE, ROUNDS = 200_000, 100, 3

_PEOPLE = """
    INSERT INTO users (id, email, email_index, name, timezone, day_start, created_at)
    SELECT gen_random_uuid(), %(mail)s, %(mail)s || n, 'bench', %(zone)s, %(day_start)s, now() - interval '19 days'
    FROM generate_series(1, %(people)s) AS n
"""
_HABITS = """
    INSERT INTO user_habits (user_id, habit_id, started_on, streak_state, streak_through, current_streak)
    SELECT users.id, three.id, %(day)s, %(state)s, %(day)s, 1
    FROM users, (SELECT id FROM habits LIMIT 3) AS three WHERE email = %(mail)s
"""
_LOGS = """
    INSERT INTO habit_logs (user_habit_id, target_count, completed_at, local_date, mood_score)
    SELECT user_habits.id, 1, %(at)s, %(day)s, 7 FROM user_habits JOIN users ON users.id = user_id WHERE email = %(mail)s
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
        JOIN (SELECT id, row_number() OVER () AS n FROM users WHERE email = %(mail)s) AS person ON person.id = own.user_id
        WHERE n %% %(late)s = 0 GROUP BY own.user_id
    )
"""


class Spent(NamedTuple):
    seconds: float
    cpu: float


class Measured(NamedTuple):
    bare: Spent
    fill: Spent
    redo: Spent


class _Undo(Exception):
    pass


def section(stage: Stage) -> Section:
    rounds = measure(people=stage.scale.of(PEOPLE // ROUNDS))
    rows = [
        _row("the fill ÷ a bare INSERT … SELECT", [(one.fill, one.bare) for one in rounds], "≤ 2"),
        _row("the redo of 1 % of the people ÷ the fill", [(one.redo, one.fill) for one in rounds], "≤ 0.03"),
    ]
    note = f"Median of {ROUNDS} rounds, each of {stage.scale.of(PEOPLE // ROUNDS):,} of the people and three habits of each."
    return Section(f"The numbers of a day, {PEOPLE:,} people", ("what", "CPU", "time", "aim"), rows, note)


def _row(name: str, pairs: list[tuple[Spent, Spent]], aim: str) -> tuple[str, ...]:
    cpu = statistics.median(of.cpu / by.cpu for of, by in pairs)
    return (name, f"{cpu:.3f}", f"{statistics.median(of.seconds / by.seconds for of, by in pairs):.3f}", aim)


def measure(*, people: int, late: int = LATE) -> list[Measured]:
    """Needs a migrated database with a catalogue.

    `late`: every how many people one changed yesterday.
    """
    found: list[Measured] = []
    try:
        with transaction.atomic():
            for turn in range(ROUNDS):
                found.append(_round(turn, people=people, late=late))
            raise _Undo
    except _Undo:
        return found


def _round(turn: int, *, people: int, late: int) -> Measured:
    # The day before the last round's: a floor reads all people of its day.
    zone, now = Zone("Asia/Seoul", turn), dt.datetime.now(dt.UTC) - turn * ONE_DAY
    day = zone.calendar.day_of(now) - ONE_DAY
    at = zone.calendar.bounds(day)[0]
    state = streaks.State(through=day, days=1, best_days=1, total=1).to_json()
    values = {
        "people": people, "late": late, "mail": f"bench{turn}", "zone": zone.name, "day_start": zone.day_start, "day": day,
        "at": at, "state": str(state),
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
            "SET CONSTRAINTS ALL IMMEDIATE",
            "ALTER TABLE user_habits ENABLE TRIGGER USER",
            "ALTER TABLE habit_logs ENABLE TRIGGER USER",
            "SET CONSTRAINTS ALL DEFERRED",
        ):
            cursor.execute(sql, values if "%(" in sql else None)
        bare = _spent(lambda: cursor.execute(_BARE, values))
        fill = _spent(lambda: daily_aggregates.fill(zone, day))
        cursor.execute(_LATE, values)
        return Measured(bare, fill, _spent(lambda: daily_aggregates.redo_stale(now=now)))


def _spent(work: Callable[[], object]) -> Spent:
    began, cpu = time.perf_counter(), _cpu()
    work()
    return Spent(time.perf_counter() - began, _cpu() - cpu)


def _cpu() -> float:
    nanoseconds = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]
    return time.process_time() + int(nanoseconds) / 1e9
