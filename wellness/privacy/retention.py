"""What is kept no longer than it should be: the rules, and the daily run that holds everything to them.

How old something is, the database's clock says. A run looks first: a rule that would take more than its share of a
table, or a clock that disagrees with this machine's, is an alarm and not a job (a clock that jumped ten years ahead
would otherwise empty the tables in one night).
"""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog
from django.db import connection, transaction

from core.db.partitions import Month
from files import storage
from wellness.privacy.classification import models_by_table

log = structlog.get_logger(__name__)

BATCH = 5_000
# Rows of one rule in one run; the rest goes on the following days.
MOST = 500_000
# More than this share of a table at once is not age but a mistake; tables with fewer rows are too small to tell.
SHARE, TELLING = 0.5, 1_000
# Months that go at once: one is due each month, some more after a holiday.
MONTHS = 3
CLOCK_SKEW = dt.timedelta(hours=1)


class Refused(Exception):
    """Nothing was deleted; the message says what is not believable."""


@dataclass(frozen=True)
class Rule:
    """Rows of `table` where `old` holds (SQL, in the database's time). `delete` takes how many, and says how many went."""

    name: str
    table: str
    old: str
    delete: Callable[["Rule", int], int]

    def count(self) -> int:
        return _number(f"SELECT count(*) FROM {self.table} WHERE {self.old}")  # noqa: S608 - rules are written here


@dataclass(frozen=True)
class Done:
    name: str
    found: int
    deleted: int = 0
    refused: str = ""


def _rows(rule: Rule, most: int) -> int:
    sql = f"DELETE FROM {rule.table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {rule.table} WHERE {rule.old} LIMIT %s))"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [most])
        return cursor.rowcount


def _partitioned_rows(rule: Rule, most: int) -> int:
    sql = f"DELETE FROM {rule.table} WHERE id IN (SELECT id FROM {rule.table} WHERE {rule.old} LIMIT %s) AND {rule.old}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [most])
        return cursor.rowcount


def _audit_rows(_rule: Rule, most: int) -> int:
    # Append-only for everybody: this function of the database knows what two years are.
    return _number("SELECT audit_logs_retire(%s)", [most])


def _stored(rule: Rule, most: int) -> int:
    rows = models_by_table()[rule.table]._default_manager.extra(where=[rule.old])  # noqa: S610 - the rule's own text
    old = list(rows[:most])
    for row in old:
        storage.erase(row)
    return len(old)


_LEFT = "user_id IN (SELECT id FROM users WHERE anonymised_at < now() - interval '{}')"

MONTHLY = "app event months"
RULES = [
    Rule("app events", "app_events", "occurred_at < now() - interval '1 year'", _partitioned_rows),
    Rule("sessions", "user_sessions", "expires_at < now()", _rows),
    Rule("exports", "data_exports", "expires_at < now()", _stored),
    Rule("imports", "habit_imports", "expires_at < now()", _stored),
    Rule(
        "files",
        "uploaded_files",
        "(is_deleted OR user_id IS NULL) AND created_at < now() - interval '1 day'",
        _stored,
    ),
    Rule("check-in keys", "check_in_keys", "made_at < now() - interval '16 days'", _rows),
    Rule("audit trail", "audit_logs", "occurred_at < now() - interval '2 years'", _audit_rows),
    Rule("staff log", "django_admin_log", "action_time < now() - interval '2 years'", _rows),
    Rule("consents of those who left", "user_consents", _LEFT.format("3 years"), _rows),
    Rule(
        "payments of those who left",
        "payment_transactions",
        "created_at < now() - interval '5 years' AND " + _LEFT.format("1 day"),
        _rows,
    ),
    Rule(
        "subscriptions of those who left",
        "user_subscriptions",
        _LEFT.format("5 years")  # noqa: S608
        + " AND NOT EXISTS (SELECT 1 FROM payment_transactions p WHERE p.subscription_id = user_subscriptions.id)",
        _rows,
    ),
]


def run(*, dry_run: bool = False, anyway: Collection[str] = ()) -> list[Done]:
    """One run of every rule. Raises Refused when the clocks disagree; a rule that is refused says so in its result,
    unless somebody looked and named it in `anyway`.
    """
    _check_clock()
    results = [
        _drop_months(dry_run=dry_run, anyway=MONTHLY in anyway),
        *(_apply(rule, dry_run=dry_run, anyway=rule.name in anyway) for rule in RULES),
    ]
    for done in results:
        if done.refused:
            log.error("retention refused", rule=done.name, found=done.found, reason=done.refused)
        elif done.deleted:
            log.info("retained", rule=done.name, deleted=done.deleted)
    return results


def _check_clock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    ours = dt.datetime.now(dt.UTC)
    if abs(theirs - ours) > CLOCK_SKEW:
        raise Refused(f"the database says it is {theirs:%F %R}, this machine says {ours:%F %R}")


def _apply(rule: Rule, *, dry_run: bool, anyway: bool) -> Done:
    found = rule.count()
    total = _number(f"SELECT count(*) FROM {rule.table}") if found > TELLING else 0  # noqa: S608
    if found > TELLING and found > total * SHARE and not anyway:
        return Done(rule.name, found, refused=f"{found} of {total} rows at once")
    deleted = 0
    while not dry_run and deleted < min(found, MOST):
        with transaction.atomic():
            gone = rule.delete(rule, min(BATCH, MOST - deleted))
        if not gone:
            break
        deleted += gone
    return Done(rule.name, found, deleted)


def _drop_months(*, dry_run: bool, anyway: bool) -> Done:
    """Whole months of app_events that are older than a year go with their partition."""
    old = _old_months("app_events")
    if len(old) > MONTHS and not anyway:
        return Done(MONTHLY, len(old), refused=f"{len(old)} months at once")
    dropped = 0
    for table in [] if dry_run else old:
        with transaction.atomic(), connection.cursor() as cursor:
            # A long read must not queue every writer behind this lock: the next run tries again.
            cursor.execute("SET LOCAL lock_timeout = '3s'")
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")
            dropped += 1
    return Done(MONTHLY, len(old), dropped)


def _old_months(parent: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'UTC' - interval '1 year')::date")
        edge = Month.of(cursor.fetchone()[0]).table(parent)
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
            " AND inhrelid::regclass::text LIKE %s ORDER BY 1",
            [parent, f"{parent}_y%"],
        )
        return [name for (name,) in cursor.fetchall() if name < edge]


def _number(sql: str, params: list[int] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]
