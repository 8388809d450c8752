"""A person's progress as it is stored: sums, and what each day has added to them.

Every counter is the sum of one key over the person's rows of `progress_days`; `perfect_weeks` is the number of calendar
weeks (Monday to Sunday) with seven perfect days. A change never adds to a counter directly. It says what a day counts
now, and the counters move by the difference from what the row of that day says that it counted. So a day is uncounted by
what it had counted, whatever has changed meanwhile, and saying the same again changes nothing.

Points are a ledger in the same way: POINTS_PER_COMPLETION for each completion in the rows of the days, and
`points_earned` of each achievement. `user_progress.points` is the sum of both.

The row of `user_progress` is the lock: code that writes rows of days holds it and writes it too.
"""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from accounts.days import ONE_DAY, monday_of
from core.db import prepared_statements
from gamification.counters import PERFECT, PERFECT_WEEKS, TIMES, Counters, CounterSums

POINTS_PER_COMPLETION = 1

type Days = Mapping[dt.date, Counters]

# The columns of a ProgressTally, for a SELECT from user_progress. The parameters are `day_params`: the tally knows the rows
# of the week of that day, and the latest earlier day with a check-in.
TALLY_COLUMNS = """
    counters, points,
    ARRAY(SELECT achievement_id FROM user_achievements WHERE user_achievements.user_id = user_progress.user_id),
    closed_through,
    (SELECT json_object_agg(one.day, one.counters) FROM progress_days AS one
     WHERE one.user_id = user_progress.user_id AND one.day >= date_trunc('week', %s::date)::date
         AND one.day <= date_trunc('week', %s::date)::date + 6),
    (SELECT max(one.day) FROM progress_days AS one
     WHERE one.user_id = user_progress.user_id AND one.day < %s::date AND jsonb_exists(one.counters, 'logs'))
"""
_LOCK = "SELECT FROM user_progress WHERE user_id = %s FOR NO KEY UPDATE"
_READ = f"SELECT {TALLY_COLUMNS} FROM user_progress WHERE user_id = %s"  # noqa: S608 -- a constant of this module
_BEGIN = "INSERT INTO user_progress (user_id) VALUES (%s) ON CONFLICT DO NOTHING"
_READ_DAYS = "SELECT day, counters FROM progress_days WHERE user_id = %s AND day >= %s AND day <= %s"
_LAST_DAY = "SELECT max(day) FROM progress_days WHERE user_id = %s AND day < %s AND jsonb_exists(counters, 'logs')"
# Can be continued with AND.
UPDATE_PROGRESS = """
    UPDATE user_progress SET counters = %(counters)s::jsonb, points = %(points)s::integer
    WHERE user_progress.user_id = %(user)s::uuid
"""
# Can be continued with WHERE; `KEEP_DAY_ON_CONFLICT` ends it.
KEEP_DAY = """
    INSERT INTO progress_days (user_id, day, counters)
    SELECT %(user)s::uuid, %(day)s::date, %(day_counters)s::jsonb
"""
KEEP_DAY_ON_CONFLICT = "ON CONFLICT (user_id, day) DO UPDATE SET counters = EXCLUDED.counters"
_KEEP_DAYS = f"""
    INSERT INTO progress_days (user_id, day, counters)
    SELECT %(user)s::uuid, unnest(%(days)s::date[]), unnest(%(values)s::text[])::jsonb
    {KEEP_DAY_ON_CONFLICT}
"""
_DROP_DAYS = "DELETE FROM progress_days WHERE user_id = %s::uuid AND day = ANY(%s::date[])"
_CLOSE = "UPDATE user_progress SET closed_through = %s::date WHERE user_id = %s::uuid"


def day_params(day: dt.date) -> list[dt.date]:
    """The parameters of `TALLY_COLUMNS`."""
    return [day, day, day]


@dataclasses.dataclass
class ProgressTally:
    """A person's row of user_progress, the ids of their achievements and some of their days.

    It is kept equal to what is written.
    """

    user_id: Any
    counters: dict[str, int]
    points: int
    earned: set[str]
    # Days through which habits to reduce have been judged; None before the first.
    closed_through: dt.date | None = None
    # What the known days have counted; a known day without a row is absent.
    days: dict[dt.date, dict[str, int]] = dataclasses.field(default_factory=dict)
    # The latest day with a check-in before the one that the tally was read for.
    last_day: dt.date | None = None

    @classmethod
    def from_row(cls, user_id: Any, row: Sequence[Any]) -> Self:
        """From the values of `TALLY_COLUMNS`, as PostgreSQL or JSON returns them."""
        counters, points, earned, closed, days, last = row
        known = {dt.date.fromisoformat(day): one for day, one in (_loaded(days) or {}).items()}
        return cls(user_id, _loaded(counters), points, set(earned), _date(closed), known, _date(last))

    @property
    def columns(self) -> dict[str, Any]:
        """The parameters of `UPDATE_PROGRESS`."""
        return {"counters": json.dumps(self.counters), "points": self.points, "user": self.user_id}

    def know(self, first: dt.date, last: dt.date) -> None:
        """Reads the rows of these days, and of the rest of their weeks."""
        weeks = [self.user_id, monday_of(first), monday_of(last) + 6 * ONE_DAY]
        self.days |= {day: _loaded(one) for day, one in prepared_statements.fetch(_READ_DAYS, weeks)}

    def look_before(self, day: dt.date) -> None:
        """Reads the latest day with a check-in before this one: the tally was read for another day."""
        [(self.last_day,)] = prepared_statements.fetch(_LAST_DAY, [self.user_id, day])

    def changed(self, days: Days) -> dict[dt.date, dict[str, int]]:
        """Those of `days` that count something else than their row says."""
        return {day: dict(one) for day, one in days.items() if one != self.days.get(day, {})}

    def gains(self, days: Days) -> dict[str, int]:
        """The counters that change if `days` count this, and by how much. The days must be known."""
        return {name: much for name, much in differences(self.days, self.changed(days)).items() if much}

    def write(self, days: Days) -> None:
        """Writes the days, and the row of the person even if nothing in it changes.

        Its version tells a check-in that was judged without a lock that something has come in between
        (habits/fast_check_in.py).
        """
        changed = self.changed(days)
        self.apply(changed)
        prepared_statements.fetch(UPDATE_PROGRESS, self.columns)
        empty = [day for day, one in changed.items() if not one]
        kept = {day: json.dumps(one) for day, one in changed.items() if one}
        if empty:
            prepared_statements.fetch(_DROP_DAYS, [self.user_id, empty])
        if kept:
            values = {"user": self.user_id, "days": list(kept), "values": list(kept.values())}
            prepared_statements.fetch(_KEEP_DAYS, values)

    def apply(self, days: Days) -> None:
        """Puts the days into the tally; writes nothing."""
        gains = self.gains(days)
        self.counters = plus(self.counters, gains)
        self.points += points_of(gains)
        for day, one in self.changed(days).items():
            self.days[day] = one
            if not one:
                del self.days[day]

    def close(self, through: dt.date) -> None:
        """Stores that habits to reduce have been judged through this day."""
        self.closed_through = through
        prepared_statements.fetch(_CLOSE, [through, self.user_id])


def lock(user_id: Any, *, day: dt.date) -> ProgressTally:
    """The person's progress, locked for this transaction, with what is known around `day`."""
    if not prepared_statements.fetch(_LOCK, [user_id]):
        prepared_statements.fetch(_BEGIN, [user_id])
        prepared_statements.fetch(_LOCK, [user_id])
    # A separate statement: the one that waited for the lock sees only what others had earned before it began to wait.
    [row] = prepared_statements.fetch(_READ, [*day_params(day), user_id])
    return ProgressTally.from_row(user_id, row)


def plus(counters: Counters, gains: Counters) -> CounterSums:
    """The counters after the gains; a counter of 0 is left out."""
    after = CounterSums(counters)
    after.add(gains)
    return after


def points_of(gains: Counters) -> int:
    """The points that these gains of counters are worth."""
    return POINTS_PER_COMPLETION * gains.get(TIMES, 0)


def differences(before: Days, changed: Days) -> dict[str, int]:
    """What the counters gain if `changed` replaces those days of `before`."""
    gains: dict[str, int] = {}
    for day, after in changed.items():
        old = before.get(day, {})
        for name in {*old, *after}:
            if gain := after.get(name, 0) - old.get(name, 0):
                gains[name] = gains.get(name, 0) + gain
    turned = [
        day for day, after in changed.items() if bool(after.get(PERFECT)) != bool(before.get(day, {}).get(PERFECT))
    ]
    if turned:
        weeks = {monday_of(day) for day in turned}
        after_all = {**before, **changed}
        gains[PERFECT_WEEKS] = perfect_weeks(after_all, weeks) - perfect_weeks(before, weeks)
    return gains


def perfect_weeks(days: Days, mondays: Iterable[dt.date]) -> int:
    """How many of the weeks that begin on these days have seven perfect days."""
    return sum(all(days.get(monday + dt.timedelta(n), {}).get(PERFECT) for n in range(7)) for monday in mondays)


def totals(days: Days) -> dict[str, int]:
    """The counters of all these days together."""
    return {name: much for name, much in differences({}, days).items() if much}


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _date(value: Any) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value
