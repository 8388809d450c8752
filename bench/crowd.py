"""Many people and their habits, written by SQL in seconds: the others among whom work is found and pages are drawn.

Nobody signs in as one of them, so their sealed columns hold no text that opens.
"""

import datetime as dt

from django.db import connection, transaction

from core.db import partitions
from habits.streaks import State

# Zones of which a third each is taken: people around the earth, most of them in Korea.
ZONES = ["Asia/Seoul", "Asia/Seoul", "Asia/Seoul", "America/New_York", "Europe/Berlin", "Pacific/Auckland"]

_PEOPLE = """
    INSERT INTO users (email, email_index, name, timezone, is_verified)
    SELECT 'crowd', 'crowd ' || %(group)s || ' ' || n, 'crowd', (%(zones)s::text[])[1 + n %% cardinality(%(zones)s::text[])], true
    FROM generate_series(1, %(people)s) AS n
    RETURNING id
"""
_HABITS = """
    INSERT INTO user_habits (user_id, habit_id, started_on, started_at, streak_state, streak_through, counted_on, counted,
                             current_streak, best_streak, total_completions, next_rollover_at)
    SELECT users.id, habit.id, %(began)s, %(began)s, %(state)s, %(through)s, %(through)s, 1, 5, 9, 20,
           COALESCE(%(next)s, (%(through)s::date + 2)::timestamp AT TIME ZONE users.timezone)
    FROM users CROSS JOIN (
        SELECT id FROM habits WHERE owner_id IS NULL AND default_frequency = 'daily' ORDER BY name LIMIT %(habits)s
    ) AS habit
    WHERE users.email_index LIKE 'crowd ' || %(group)s || ' %%'
"""
_LOGS = """
    INSERT INTO habit_logs (user_habit_id, target_count, completed_at, local_date, streak_count)
    SELECT habit.id, 1, day + interval '9 hours', day::date, 1
    FROM user_habits AS habit JOIN users ON users.id = habit.user_id
    CROSS JOIN generate_series(%(first)s::date, %(through)s::date, interval '1 day') AS day
    WHERE users.email_index LIKE 'crowd ' || %(group)s || ' %%' AND extract(doy FROM day)::int %% 3 <> 0
"""


def join(
    group: str,
    *,
    people: int,
    habits: int,
    through: dt.date,
    days: int = 0,
    zones: list[str] = ZONES,
    next_at: dt.datetime | None = None,
) -> None:
    """Adds people with daily habits whose streaks are stored through `through`, and their logs of the `days` until then.

    `next_at` is when they roll over; None is the end of the day after `through` where they are.
    """
    first = through - dt.timedelta(days=max(days - 1, 0))
    state = State(through=through, days=5, best_days=9, total=20, progress=5)
    values = {
        "group": group,
        "people": people,
        "habits": habits,
        "zones": zones,
        "through": through,
        "first": first,
        "began": first - dt.timedelta(days=30),
        "state": str(state.to_json()),
        "next": next_at,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PEOPLE, values)
        cursor.execute(_HABITS, values)
        if days:
            partitions.ensure_months("habit_logs", "completed_at", partitions.between(first, through))
            cursor.execute(_LOGS, values)
    with connection.cursor() as cursor:
        for table in ("users", "user_habits", "habit_logs"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def leave(group: str) -> None:
    """Removes the people of `group` again, with all that hangs on them."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM users WHERE email_index LIKE 'crowd ' || %s || ' %%'", [group])
