"""Revenue figures, from the ledger.

Amounts are hundredths of won. Staff, the seed and the demo are left out (accounts/population.py). People who have left are
not, unless `people` says so: their payments happened.
"""

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from django.db.models import Case, F, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from accounts import population
from billing import periods
from billing.lifecycle import Phase
from billing.models import PaymentTransaction, UserSubscription

Type, Status = PaymentTransaction.Type, PaymentTransaction.Status
MONTH = dt.timedelta(days=30)


class Figures(NamedTuple):
    """The state at an instant and the 30 days before it."""

    # What was paid for periods that go on now, by month: a year counts a twelfth. Cancelled plans do not recur.
    mrr: int
    # People with a paid period now.
    paying: int
    # Of the people who had a paid period 30 days ago, the share without a plan now, in percent; None without any.
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


def figures(now: dt.datetime, *, people: RawSQL | None = None) -> Figures:
    """The figures of `people`, ids as SQL; None is everybody real."""
    since, people = now - MONTH, people or population.real()
    current = _covering(people, now).filter(period_starts_at=F("subscription__current_period_start"))
    return Figures(
        mrr=_by_month(current.filter(subscription__phase=Phase.ACTIVE)),
        paying=len(_people(current.exclude(subscription__phase=Phase.EXPIRED))),
        churn=_churn(people, since, now),
        conversion=_conversion(people, since, now),
        unpaid=_unpaid(people),
        income=_sum(people, since, now, Type.PAYMENT),
        returned=_sum(people, since, now, Type.REFUND, Type.CHARGEBACK),
    )


def _rows(people: RawSQL) -> QuerySet[PaymentTransaction]:
    return PaymentTransaction.objects.filter(user__in=people, currency="KRW")


def _covering(people: RawSQL, at: dt.datetime) -> QuerySet[PaymentTransaction]:
    """Payments whose period contains `at`, one of each period."""
    rows = _rows(people).filter(transaction_type=Type.PAYMENT, status=Status.COMPLETED, is_excess=False)
    return rows.filter(period_starts_at__lte=at, period_ends_at__gt=at)


def _people(payments: QuerySet[PaymentTransaction]) -> set[UUID]:
    return set(payments.values_list("user_id", flat=True))


def _by_month(payments: QuerySet[PaymentTransaction]) -> int:
    """What the payments are worth in a month; a switch was paid for with the credit too."""
    months = Case(
        *[When(plan__billing_cycle=cycle, then=Value(months)) for cycle, months in periods.MONTHS.items()],
        default=Value(1),
        output_field=IntegerField(),
    )
    return payments.aggregate(sum=Sum((F("amount") + F("credit")) / months))["sum"] or 0


def _unpaid(people: RawSQL) -> int:
    """The latest charge of each period that is not paid; without a card there was none, and the agreed amount counts."""
    tried = PaymentTransaction.objects.filter(
        subscription=OuterRef("pk"), transaction_type=Type.PAYMENT, status__in=[Status.FAILED, Status.PENDING]
    ).order_by("-created_at", "-id")
    rows = UserSubscription.objects.filter(user__in=people, currency="KRW", phase__in=[Phase.PAST_DUE, Phase.GRACE])
    owed = Coalesce(Subquery(tried.values("amount")[:1]), F("amount"))
    return rows.annotate(owed=owed).aggregate(sum=Sum("owed"))["sum"] or 0


def _sum(people: RawSQL, since: dt.datetime, until: dt.datetime, *kinds: str) -> int:
    rows = _rows(people).filter(transaction_type__in=kinds, status=Status.COMPLETED)
    return rows.filter(completed_at__gt=since, completed_at__lte=until).aggregate(sum=Sum("amount"))["sum"] or 0


def _churn(people: RawSQL, since: dt.datetime, until: dt.datetime) -> float | None:
    """Counted by person: somebody who left and came back has not left."""
    had = _people(_covering(people, since))
    stayed = UserSubscription.objects.filter(user__in=had, created_at__lte=until).exclude(
        phase__in=[Phase.EXPIRED, Phase.PENDING]
    )
    gone = had - set(stayed.values_list("user_id", flat=True))
    return _percent(len(gone), len(had))


def _conversion(people: RawSQL, since: dt.datetime, until: dt.datetime) -> float | None:
    length = dt.timedelta(days=periods.TRIAL_DAYS)
    trials = UserSubscription.objects.filter(
        user__in=people, trial_started_at__gt=since - length, trial_started_at__lte=until - length
    )
    paid = trials.filter(
        transactions__purpose=PaymentTransaction.Purpose.CONVERT, transactions__status=Status.COMPLETED
    ).distinct()
    return _percent(paid.count(), trials.count())


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
