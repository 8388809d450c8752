"""Many people and their habits, written by SQL in seconds, so that pages and jobs are measured in full tables.

Nobody signs in as one of them. Their sealed columns hold no text that opens, except the addresses and names after
`seal_addresses`.
"""

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import cast

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts.models import User
from core.crypto.fields import SealedTextField
from core.db import partitions
from habits.streaks import State

# Dealt out in turn: half of the people are in Korea, the others around the earth.
ZONES = ["Asia/Seoul", "Asia/Seoul", "Asia/Seoul", "America/New_York", "Europe/Berlin", "Pacific/Auckland"]

# A time of day by id: lists sort by time, and a thousand rows of one instant would be unlike any real day.
_MOMENT = "interval '1 second' * (3600 + abs(hashtext({id}::text)) %% 50000)"

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
_LOGS = f"""
    INSERT INTO habit_logs (user_habit_id, target_count, completed_at, local_date, streak_count)
    SELECT habit.id, 1, day + {_MOMENT.format(id="habit.id")}, day::date, 1
    FROM user_habits AS habit JOIN users ON users.id = habit.user_id
    CROSS JOIN generate_series(%(first)s::date, %(through)s::date, interval '1 day') AS day
    WHERE users.email_index LIKE 'crowd ' || %(group)s || ' %%' AND extract(doy FROM day)::int %% 3 <> 0
"""

_FOREIGN_KEYS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype = 'f' AND conparentid = 0
"""
_SUMS = """
    INSERT INTO user_progress (user_id, points, counters)
    SELECT id, %(days)s, jsonb_build_object('total', %(days)s::int, 'days', %(days)s::int)
    FROM users WHERE email_index LIKE 'crowd ' || %(group)s || ' %%'
"""
_EACH = "FROM users AS who WHERE who.email_index LIKE 'crowd ' || %(group)s || ' %%'"
_EACH_DAY = (
    "FROM users AS who CROSS JOIN generate_series(%(first)s::date, %(through)s::date, interval '1 day') AS day"
    " WHERE who.email_index LIKE 'crowd ' || %(group)s || ' %%'"
)
_LIFE = (
    f"""
    INSERT INTO notifications (user_id, title, body, notification_type, created_at)
    SELECT who.id, '', '', 'habit_reminder', day + {_MOMENT.format(id="who.id")} {_EACH_DAY}
    """,
    """
    INSERT INTO notification_deliveries (notification_id, channel, state, created_at)
    SELECT id, 'email', 'sent', created_at FROM notifications
    """,
    f"""
    INSERT INTO app_events (user_id, event_type, occurred_at)
    SELECT who.id, 'app_open', day + {_MOMENT.format(id="who.id")} {_EACH_DAY}
    """,
    f"INSERT INTO user_analytics (user_id, date) SELECT who.id, day::date {_EACH_DAY}",
    f"""
    INSERT INTO payment_transactions (user_id, transaction_type, status, amount, payment_gateway)
    SELECT who.id, 'payment', 'completed', 990000, 'demo' {_EACH}
    """,
    f"""
    INSERT INTO coaching_messages (user_id, content, message_type, sent_at)
    SELECT who.id, '', 'motivation', %(through)s::date + interval '7 hours' {_EACH}
    """,
    f"""
    INSERT INTO user_sessions (user_id, refresh_token_hash, expires_at)
    SELECT who.id, '', %(through)s::date + interval '30 days' {_EACH}
    """,
)


def add_people(
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
            with _keys_checked_at_once(cursor, "habit_logs"):
                cursor.execute(_LOGS, values)
    with connection.cursor() as cursor:
        for table in ("users", "user_habits", "habit_logs"):
            cursor.execute(f"VACUUM ANALYZE {table}")


@contextlib.contextmanager
def _keys_checked_at_once(cursor: CursorWrapper, table: str) -> Iterator[None]:
    """Checks the foreign keys of a table by one join at the end: row by row costs more than writing the rows."""
    # What was written before is checked first: a table that waits for its checks cannot be altered.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(_FOREIGN_KEYS, [table])
    keys = cursor.fetchall()
    for name, _definition in keys:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for name, definition in keys:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def add_activity(group: str, *, through: dt.date, days: int) -> None:
    """Adds what else happens to the people of `group`: each day a notification, an event and numbers, and once a payment,
    a coach message and a session."""
    first = through - dt.timedelta(days=days - 1)
    with transaction.atomic(), connection.cursor() as cursor:
        partitions.ensure_months("app_events", "occurred_at", partitions.between(first, through))
        for statement in _LIFE:
            cursor.execute(statement, {"group": group, "first": first, "through": through})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def set_progress(group: str, *, days: int) -> None:
    """Gives the people of `group` the sums of achievements for so many days of one check-in."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"group": group, "days": days})
        cursor.execute("ANALYZE user_progress")


def seal_addresses() -> None:
    """Gives the people of all groups addresses and names that open.

    Lists of staff show the first letter.
    """
    email, name = (cast("SealedTextField", User._meta.get_field(one)) for one in ("email", "name"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM users WHERE email_index LIKE 'crowd %'")
        people = [row[0] for row in cursor.fetchall()]
        cursor.execute("CREATE TEMP TABLE addresses (id uuid, email text, name text) ON COMMIT DROP")
        with cursor.copy("COPY addresses FROM STDIN") as copy:
            for person in people:
                copy.write_row((person, email.seal("crowd@example.com", key=person), name.seal("crowd", key=person)))
        cursor.execute(
            "UPDATE users SET email = addresses.email, name = addresses.name FROM addresses WHERE users.id = addresses.id"
        )


def remove_people(group: str) -> None:
    """Removes the people of `group` again, with all that hangs on them."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM users WHERE email_index LIKE 'crowd ' || %s || ' %%'", [group])
