"""Measures whether finding due reminders depends on the number of habits.

`measure()` finds the same number of due habits among 100,000 and among 1,000,000 and returns both times in milliseconds
(median of rounds). It runs the product's own query on a temporary table with the columns and indexes of `user_habits`,
so it leaves no rows behind.
"""

import datetime as dt
import statistics
import time
from typing import NamedTuple

from bench.temporary_tables import large_temporary_tables
from habits import reminders

FEW, MANY = 100_000, 1_000_000
DUE = 500
ROUNDS = 15

_TABLE = (
    "CREATE TEMPORARY TABLE user_habits (LIKE public.user_habits INCLUDING DEFAULTS INCLUDING INDEXES) ON COMMIT DROP"
)
# Nine of ten have a reminder, spread over the next day; `due` of them are due.
_FILL = """
    INSERT INTO user_habits (user_id, habit_id, reminder_times, next_reminder_at)
    SELECT gen_random_uuid(), gen_random_uuid(), '["09:00"]',
           CASE WHEN n <= %(due)s THEN %(now)s - interval '30 seconds'
                WHEN n %% 10 <> 0 THEN %(now)s + n * interval '86 milliseconds' END
    FROM generate_series(1, %(rows)s) AS n
"""


class DueTimes(NamedTuple):
    few_ms: float
    many_ms: float

    @property
    def ratio(self) -> float:
        """1 is ideal: ten times the habits in the same time."""
        return self.many_ms / self.few_ms


def measure(*, few: int = FEW, many: int = MANY, due: int = DUE) -> DueTimes:
    """Times of the due set in milliseconds. Needs a migrated database; a million rows take about half a minute."""
    return DueTimes(_milliseconds(few, due), _milliseconds(many, due))


def _milliseconds(rows: int, due: int) -> float:
    now = dt.datetime.now(dt.UTC)
    with large_temporary_tables() as cursor:
        cursor.execute(_TABLE)
        cursor.execute(_FILL, {"rows": rows, "due": due, "now": now})
        cursor.execute("ANALYZE user_habits")
        return statistics.median(_once(now, due) for _round in range(ROUNDS))


def _once(now: dt.datetime, due: int) -> float:
    began = time.perf_counter()
    found = list(reminders.due(now).values_list("pk", "user_id"))
    took = (time.perf_counter() - began) * 1000
    if len(found) != due:
        raise AssertionError(f"{len(found)} are due, not {due}")
    return took
