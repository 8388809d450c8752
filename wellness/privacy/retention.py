"""Deletes data whose retention period (core/retention_periods.py) is over, daily.

Ages are measured by the database's clock. Before deleting, a run checks for mistakes: a rule that would take too large a
share of a table, a database clock that disagrees with this machine's, one that is weeks after the last run, or one before which
nothing was recorded for weeks, is refused and logged as an error (a clock that jumped ten years ahead would otherwise empty
the tables in one night).
"""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import structlog
from django.db import connection, transaction

from accounts import social
from accounts.models import User
from core import retention_periods as periods
from core.db.partitions import LOCK_WAIT, Month, retry_locks
from core.db.work import IsOver, never
from core.retention_periods import RetentionPeriod
from core.staff.models import ScheduledRun
from files import storage
from wellness.privacy.classification import models_by_table

log = structlog.get_logger(__name__)

BATCH = 5_000
# Rows of one rule in one run; the rest is deleted on the following days.
MAX_ROWS = 500_000
# A rule is refused for more than this share of a table, if it finds more than this number of rows.
MAX_SHARE, CHECKED_FROM = 0.5, 1_000
# Partitions in one run: one is due each month, more after the job did not run for some time.
MAX_MONTHS = 3
CLOCK_SKEW = dt.timedelta(hours=1)
# The instant of the last run is remembered, by the database's clock; a later one than this after it is refused, on every
# day, until somebody says `--anyway clock`. What is deleted too early by a smaller jump is two weeks at most.
MAX_STEP = dt.timedelta(days=14)
REMEMBERED = "retention"
# A first run remembers none. Both clocks may have jumped. Then there are events from before the jump, perhaps from after it, and none between.
CLOCK = "clock"
_IS_SILENT = """
    SELECT EXISTS (SELECT FROM app_events WHERE occurred_at < now() - interval '30 days')
        AND NOT EXISTS (SELECT FROM app_events
            WHERE occurred_at >= now() - interval '30 days' AND occurred_at < now() - interval '3 days')
"""


class RetentionRefused(Exception):
    """Nothing was deleted; the message says why."""


@dataclass(frozen=True)
class RetentionRule:
    """Rows of `table` are deleted where `is_old` holds (SQL, in the database's time).

    `delete` takes the largest number of rows, and gives the number of deleted ones. `period` is None for rows with an end
    of their own.
    """

    name: str
    table: str
    period: RetentionPeriod | None
    is_old: str
    delete: Callable[["RetentionRule", int], int]

    def count(self) -> int:
        return _number(f"SELECT count(*) FROM {self.table} WHERE {self.is_old}")  # noqa: S608 - constants of ours


@dataclass(frozen=True)
class RuleResult:
    name: str
    found: int
    deleted: int = 0
    refused: str = ""


def _delete_rows(rule: RetentionRule, most: int) -> int:
    sql = (
        f"DELETE FROM {rule.table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {rule.table} WHERE {rule.is_old} LIMIT %s))"  # noqa: S608
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [most])
        return cursor.rowcount


def _delete_audit_rows(_rule: RetentionRule, most: int) -> int:
    # The table is append-only; this function of the database deletes, and checks the age itself.
    return _number("SELECT audit_logs_retire(%s)", [most])


def _delete_rows_and_files(rule: RetentionRule, most: int) -> int:
    rows = models_by_table()[rule.table]._default_manager.extra(where=[rule.is_old])  # noqa: S610 - a constant of ours
    batch = list(rows[:most])
    for row in batch:
        storage.erase(row)
    return len(batch)


def _delete_accounts(rule: RetentionRule, most: int) -> int:
    # allauth's tables are emptied by Python, so the rows are not deleted in SQL. The providers get revocations.
    ids = list(User.objects.extra(where=[rule.is_old]).values_list("pk", flat=True)[:most])  # noqa: S610 - a constant
    for user_id in ids:
        social.unlink_all(user_id)
    User.objects.filter(pk__in=ids).delete()
    return len(ids)


def _is_older(column: str, period: RetentionPeriod) -> str:
    """The SQL condition for rows whose `column` is older than the period."""
    return f"{column} < now() - {period.sql}"


def _by_age(
    name: str,
    table: str,
    period: RetentionPeriod,
    column: str,
    delete: Callable[[RetentionRule, int], int] = _delete_rows,
) -> RetentionRule:
    """The rule for rows that are deleted once `column` is older than the period, whatever else they hold."""
    return RetentionRule(name, table, period, _is_older(column, period), delete)


def _is_of_erased(period: RetentionPeriod) -> str:
    """The SQL condition for rows of people who were erased longer ago than the period."""
    return f"user_id IN (SELECT id FROM users WHERE {_is_older('anonymised_at', period)})"  # noqa: S608 - constants of ours


MONTHLY = "app event months"
# When somebody else's consents were taken back, and the owner was asked.
_VOIDED_AT = (
    "coalesce((SELECT max(c.occurred_at) FROM user_consents c WHERE c.user_id = users.id AND c.channel = 'void'),"
    " users.created_at)"
)
RULES = [
    RetentionRule(
        "unproven accounts",
        "users",
        periods.UNPROVEN_ACCOUNTS,
        "NOT (is_verified OR is_staff OR is_superuser) AND last_login_at IS NULL"  # noqa: S608
        " AND anonymised_at IS NULL AND deletion_requested_at IS NULL"
        f" AND {_is_older('users.created_at', periods.UNPROVEN_ACCOUNTS)}"
        " AND NOT EXISTS (SELECT 1 FROM account_emailaddress a WHERE a.user_id = users.id AND a.verified)",
        _delete_accounts,
    ),
    RetentionRule(
        "unanswered consents",
        "users",
        periods.UNANSWERED_CONSENTS,
        "NOT (is_staff OR is_superuser) AND anonymised_at IS NULL AND deletion_requested_at IS NULL"
        " AND privacy_settings -> 'must_agree' = 'true' AND"
        f" {_is_older(_VOIDED_AT, periods.UNANSWERED_CONSENTS)}",
        _delete_accounts,
    ),
    RetentionRule(
        "unproven addresses",
        "account_emailaddress",
        periods.UNPROVEN_ADDRESSES,
        f"NOT verified AND {_is_older('claimed_at', periods.UNPROVEN_ADDRESSES)} AND EXISTS (SELECT 1"  # noqa: S608
        " FROM account_emailaddress a WHERE a.user_id = account_emailaddress.user_id AND a.verified)",
        _delete_rows,
    ),
    RetentionRule(
        "coach jobs",
        "coaching_jobs",
        periods.COACHING_WORK,
        f"state <> 'waiting' AND {_is_older('created_at', periods.COACHING_WORK)}",
        _delete_rows,
    ),
    _by_age("coach usage", "coaching_usage", periods.COACHING_WORK, "local_date"),
    _by_age("coach spending", "coaching_spend", periods.COACHING_WORK, "spent_on"),
    _by_age("coach decisions", "coaching_decisions", periods.COACHING_DECISIONS, "decided_at"),
    _by_age("questions to the coach", "coaching_questions", periods.COACHING_QUESTIONS, "asked_at"),
    _by_age("crisis flags", "crisis_flags", periods.CRISIS_FLAGS, "raised_at"),
    RetentionRule("sessions", "user_sessions", None, "expires_at < now()", _delete_rows),
    RetentionRule("exports", "data_exports", None, "expires_at < now()", _delete_rows_and_files),
    RetentionRule("share cards", "share_cards", None, "expires_at < now()", _delete_rows),
    RetentionRule("circle invitations", "circle_invitations", None, "expires_at < now()", _delete_rows),
    _by_age("cheers", "cheers", periods.CHEERS, "created_at"),
    RetentionRule("imports", "habit_imports", None, "expires_at < now()", _delete_rows_and_files),
    RetentionRule(
        "files",
        "uploaded_files",
        periods.DELETED_FILES,
        f"(is_deleted OR user_id IS NULL) AND {_is_older('created_at', periods.DELETED_FILES)}",
        _delete_rows_and_files,
    ),
    _by_age("check-in keys", "check_in_keys", periods.CHECK_IN_KEYS, "made_at"),
    _by_age("audit trail", "audit_logs", periods.AUDIT_TRAIL, "occurred_at", _delete_audit_rows),
    _by_age("staff log", "django_admin_log", periods.AUDIT_TRAIL, "action_time"),
    _by_age("changes for two", "change_requests", periods.AUDIT_TRAIL, "created_at"),
    _by_age("access reviews", "access_reviews", periods.AUDIT_TRAIL, "month"),
    RetentionRule(
        "consents of those who left", "user_consents", periods.CONSENTS, _is_of_erased(periods.CONSENTS), _delete_rows
    ),
    RetentionRule(
        "payments of those who left",
        "payment_transactions",
        periods.PAYMENTS,
        f"{_is_older('created_at', periods.PAYMENTS)} AND {_is_of_erased(RetentionPeriod(days=1))}",
        _delete_rows,
    ),
    RetentionRule(
        "billing consents of those who left",
        "billing_consents",
        periods.SUBSCRIPTIONS,
        _is_of_erased(periods.SUBSCRIPTIONS),
        _delete_rows,
    ),
    RetentionRule(
        "subscriptions of those who left",
        "user_subscriptions",
        periods.SUBSCRIPTIONS,
        f"{_is_of_erased(periods.SUBSCRIPTIONS)} AND NOT EXISTS"  # noqa: S608
        " (SELECT 1 FROM payment_transactions p WHERE p.subscription_id = user_subscriptions.id)",
        _delete_rows,
    ),
]


def run(*, dry_run: bool = False, anyway: Collection[str] = (), is_over: IsOver = never) -> list[RuleResult]:
    """Applies every rule until `is_over`; the next run goes on with what is left.

    `anyway` names rules to apply although they would be refused, and CLOCK after weeks without a run or any events.

    Raises RetentionRefused when a clock seems wrong. The result of a refused rule says why.
    """
    now = _checked_clock()
    if CLOCK not in anyway:
        _check_step(now)
        _check_silence()
    if not dry_run:
        ScheduledRun.objects.update_or_create(name=REMEMBERED, defaults={"began_at": now})
    results = [
        _drop_months(now, dry_run=dry_run, anyway=MONTHLY in anyway),
        *(_apply(rule, dry_run=dry_run, anyway=rule.name in anyway, is_over=is_over) for rule in RULES),
    ]
    for done in results:
        if done.refused:
            log.error("retention refused", rule=done.name, found=done.found, reason=done.refused)
        elif done.deleted:
            log.info("retained", rule=done.name, deleted=done.deleted)
    return results


def _checked_clock() -> dt.datetime:
    """The database's time, with which this machine agrees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    ours = dt.datetime.now(dt.UTC)
    if abs(theirs - ours) > CLOCK_SKEW:
        raise RetentionRefused(f"the database says it is {theirs:%F %R}, this machine says {ours:%F %R}")
    return theirs


def _check_step(now: dt.datetime) -> None:
    last = ScheduledRun.objects.filter(name=REMEMBERED).values_list("began_at", flat=True).first()
    if last and now - last > MAX_STEP:
        days = (now - last).days
        raise RetentionRefused(f"{days} days since the last run: the clock has jumped, or the job was away")


def _check_silence() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_IS_SILENT)
        if cursor.fetchone()[0]:
            raise RetentionRefused("no event of the last 30 days: the clock has jumped, or the service was away")


def _apply(rule: RetentionRule, *, dry_run: bool, anyway: bool, is_over: IsOver) -> RuleResult:
    found = rule.count()
    total = _number(f"SELECT count(*) FROM {rule.table}") if found > CHECKED_FROM else 0  # noqa: S608
    if found > CHECKED_FROM and found > total * MAX_SHARE and not anyway:
        return RuleResult(rule.name, found, refused=f"{found} of {total} rows at once")
    deleted = 0
    while not dry_run and deleted < min(found, MAX_ROWS) and not is_over():
        with transaction.atomic():
            number = rule.delete(rule, min(BATCH, MAX_ROWS - deleted))
        if not number:
            break
        deleted += number
    return RuleResult(rule.name, found, deleted)


def _drop_months(now: dt.datetime, *, dry_run: bool, anyway: bool) -> RuleResult:
    """Drops the partitions of app_events whose whole month is too old, and never single rows."""
    old = _old_months("app_events", now)
    if len(old) > MAX_MONTHS and not anyway:
        return RuleResult(MONTHLY, len(old), refused=f"{len(old)} months at once")
    for table in [] if dry_run else old:
        retry_locks(partial(_drop, table))
    return RuleResult(MONTHLY, len(old), 0 if dry_run else len(old))


def _drop(table: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # While a long read holds the table, waiting for this lock would block all writers, and a writer that waits for
        # another lock of this transaction is cancelled after a second.
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT}")
        cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")


def _old_months(parent: str, now: dt.datetime) -> list[str]:
    """The partitions that end a period before `now`, both in UTC, wherever this machine and the session are."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT (%s::timestamptz AT TIME ZONE 'UTC' - {periods.APP_EVENTS.sql})::date", [now])
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
