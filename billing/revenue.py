"""Revenue figures, from the ledger and the subscriptions.

Amounts are hundredths of won.
"""

import datetime as dt
from typing import NamedTuple

from django.db.models import Case, F, IntegerField, Model, Q, QuerySet, Sum, Value, When

from accounts.population import of_counted
from billing import periods
from billing.lifecycle import Phase
from billing.models import PaymentTransaction, UserSubscription

PAYING = [Phase.ACTIVE, Phase.PAST_DUE, Phase.GRACE, Phase.CANCELED]
MONTH = dt.timedelta(days=30)


class Figures(NamedTuple):
    """The state at an instant and the 30 days before it."""

    # Recurring revenue of a month: a year counts a twelfth. Cancelled plans do not recur.
    mrr: int
    paying: int
    # Of those who paid 30 days ago, the share whose plan is over, in percent; None without any.
    churn: float | None
    # Of the trials that ended in the 30 days, the share that paid, in percent.
    conversion: float | None
    # Charges of periods that are not paid yet.
    unpaid: int
    income: int
    returned: int

    @property
    def net(self) -> int:
        return self.income - self.returned


def figures(now: dt.datetime, *, counted_only: bool = False) -> Figures:
    """Of all subscriptions and payments, as the ledger has them, or only of the people whom the figures of staff count."""
    rows = _of(UserSubscription.objects.filter(currency="KRW"), counted_only=counted_only)
    payments = _of(PaymentTransaction.objects.filter(status="completed"), counted_only=counted_only)
    since = now - MONTH
    recurring = rows.filter(phase__in=[Phase.ACTIVE, Phase.PAST_DUE, Phase.GRACE])
    months = Case(
        When(plan__billing_cycle=periods.Cycle.YEARLY, then=Value(12)), default=Value(1), output_field=IntegerField()
    )
    return Figures(
        mrr=recurring.aggregate(sum=Sum(F("amount") / months))["sum"] or 0,
        paying=rows.filter(phase__in=PAYING).exclude(trial_started_at=F("current_period_start")).count(),
        churn=_churn(payments, since, now),
        conversion=_conversion(_of(UserSubscription.objects.all(), counted_only=counted_only), since, now),
        unpaid=rows.filter(phase__in=[Phase.PAST_DUE, Phase.GRACE]).aggregate(sum=Sum("amount"))["sum"] or 0,
        income=_sum(payments, ["payment"], since, now),
        returned=_sum(payments, ["refund", "chargeback"], since, now),
    )


def _of[M: Model](rows: QuerySet[M], *, counted_only: bool) -> QuerySet[M]:
    return of_counted(rows) if counted_only else rows


def _sum(payments: QuerySet[PaymentTransaction], kinds: list[str], since: dt.datetime, until: dt.datetime) -> int:
    rows = payments.filter(transaction_type__in=kinds, currency="KRW", completed_at__gt=since, completed_at__lte=until)
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def _churn(payments: QuerySet[PaymentTransaction], since: dt.datetime, until: dt.datetime) -> float | None:
    """People whose paid period covered `since`, and of them those who have no plan at `until`."""
    covering = payments.filter(transaction_type="payment", period_starts_at__lte=since, period_ends_at__gt=since)
    had = set(covering.values_list("subscription_id", flat=True))
    over = UserSubscription.objects.filter(Q(phase=Phase.EXPIRED), pk__in=had, updated_at__lte=until).count()
    return _percent(over, len(had))


def _conversion(rows: QuerySet[UserSubscription], since: dt.datetime, until: dt.datetime) -> float | None:
    length = dt.timedelta(days=periods.TRIAL_DAYS)
    trials = rows.filter(trial_started_at__gt=since - length, trial_started_at__lte=until - length)
    paid = trials.filter(
        transactions__purpose=PaymentTransaction.Purpose.CONVERT, transactions__status="completed"
    ).distinct()
    return _percent(paid.count(), trials.count())


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
