"""Plans, subscriptions, payments and what surrounds them.

Amounts are hundredths of the currency, won included.
"""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Mod
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing import periods
from billing.lifecycle import STATUS_OF, Phase, Status
from billing.periods import Cycle
from core.audit.triggers import Audit, KeepUpdatedBy
from core.crypto.fields import SealedTextField
from core.db.columns import NamedIndex, Touched, Translated, created, json_object, uuid_key
from core.db.work import WorkRow


def whole_units(table: str, *columns: str) -> list[models.CheckConstraint]:
    """CHECKs that amounts in won have no hundredths: there is no coin for them."""
    return [
        models.CheckConstraint(
            condition=~Q(currency="KRW") | Q(Exact(Mod(F(column), Value(100)), 0)), name=f"{table}_{column}_in_won"
        )
        for column in columns
    ]


class SubscriptionPlan(Translated):
    Cycle = Cycle

    id = models.CharField(primary_key=True, max_length=50)
    name = models.CharField(_("이름"), max_length=100)
    description = models.TextField(_("설명"), null=True, blank=True)
    price = models.IntegerField(_("가격"), help_text=_("통화의 100분의 1 단위예요. 9,900원은 990000."))
    currency = models.CharField(_("통화"), max_length=3, default="KRW", db_default="KRW")
    billing_cycle = models.CharField(
        _("결제 주기"), max_length=20, choices=Cycle, default="monthly", db_default="monthly"
    )
    features = models.JSONField(_("담긴 것"))
    limits = models.JSONField(_("한도"), help_text=_("-1은 끝이 없다는 뜻이에요."))
    is_active = models.BooleanField(_("팔기"), default=True, db_default=True)
    sort_order = models.IntegerField(_("순서"), default=0, db_default=0)
    created_at = created()
    updated_at = Touched()

    # Beyond the document; docs/schema.md says why.
    translations = json_object()
    # A higher price applies to renewals at least 30 days later (billing/prices.py).
    price_changed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "subscription_plans"
        verbose_name = pgettext_lazy("one", "요금제")
        verbose_name_plural = pgettext_lazy("several", "요금제")
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="subscription_plans_price"),
            *whole_units("subscription_plans", "price"),
        ]
        triggers = [Audit(quiet=["updated_at"])]


class PaymentMethod(models.Model):
    """A person's card or other way to pay.

    The gateway has the number; we have its name for it.
    """

    id = uuid_key()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="payment_methods"
    )
    gateway = models.CharField(max_length=50)
    # A billing key: with our secret it takes money.
    token = SealedTextField()
    # "신한카드 •••• 4821"
    label = SealedTextField(default="")
    created_at = created()
    # Replaced or given up: to be deleted at the gateway, then here.
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payment_methods"
        verbose_name = pgettext_lazy("one", "결제 수단")
        verbose_name_plural = pgettext_lazy("several", "결제 수단")
        indexes = [NamedIndex(fields=["user"], name="idx_payment_methods_user_id")]
        triggers = [Audit(quiet=["created_at"], hidden=["gateway", "removed_at"])]

    def __str__(self) -> str:
        return str(self.pk)


class UserSubscription(models.Model):
    Status = Status
    Phase = Phase

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="subscriptions")
    plan = models.ForeignKey(SubscriptionPlan, models.DO_NOTHING, db_index=False, related_name="+")
    status = models.CharField(max_length=20, choices=Status, default="active", db_default="active")
    amount = models.IntegerField()
    currency = models.CharField(max_length=3, default="KRW", db_default="KRW")
    started_at = models.DateTimeField()
    current_period_start = models.DateTimeField()
    current_period_end = models.DateTimeField()
    canceled_at = models.DateTimeField(null=True)
    payment_gateway = models.CharField(max_length=50, null=True)
    external_subscription_id = models.CharField(max_length=255, null=True)
    created_at = created()
    updated_at = Touched()
    updated_by = models.UUIDField(null=True, editable=False)

    # Beyond the document; docs/schema.md says why.
    # The state of the life (billing/lifecycle.py), of which `status` is a coarser view.
    phase = models.CharField(max_length=20, choices=Phase, default="active", db_default="active")
    # The day of the month on which periods begin, so that the 31st comes back after February. NULL: that of the period.
    anchor_day = models.PositiveSmallIntegerField(null=True)
    method = models.ForeignKey(
        PaymentMethod, models.DB_SET_NULL, null=True, db_index=False, related_name="subscriptions"
    )
    # Set once, so that a person has one trial.
    trial_started_at = models.DateTimeField(null=True)
    # The next instant to act on, where that is not the end of the period: a retry, the end of grace.
    retry_at = models.DateTimeField(null=True)
    # Declined charges of the period that begins next.
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    # What happens when the period ends: another plan, or a pause of so many months.
    next_plan = models.ForeignKey(SubscriptionPlan, models.DO_NOTHING, null=True, db_index=False, related_name="+")
    pause_months = models.PositiveSmallIntegerField(null=True)
    # A fuse: nothing is charged until staff release it.
    parked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "user_subscriptions"
        verbose_name = pgettext_lazy("one", "구독")
        verbose_name_plural = pgettext_lazy("several", "구독")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["active", "canceled", "expired", "pending"]), name="user_subscriptions_status"
            ),
            models.CheckConstraint(
                condition=Q(*[Q(phase=phase, status=status) for phase, status in STATUS_OF.items()], _connector=Q.OR),
                name="user_subscriptions_phase",
            ),
            # "User -> Subscription (1:1 current)": everything that is not over is current.
            models.UniqueConstraint(
                fields=["user"], name="user_subscriptions_one_current", condition=~Q(status="expired")
            ),
            models.UniqueConstraint(
                fields=["user"], name="user_subscriptions_one_trial", condition=Q(trial_started_at__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(pause_months=None) | Q(pause_months__range=(1, 3)), name="user_subscriptions_pause_months"
            ),
            models.CheckConstraint(
                condition=Q(current_period_end__gte=F("current_period_start")), name="user_subscriptions_period"
            ),
            *whole_units("user_subscriptions", "amount"),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_user_subscriptions_user_id"),
            NamedIndex(fields=["status"], name="idx_user_subscriptions_status"),
            # Read by the renewal job: subscriptions on which to act next.
            NamedIndex(
                Coalesce("retry_at", "current_period_end"),
                name="idx_user_subscriptions_current_period_end",
                condition=Q(status__in=["active", "canceled"]),
            ),
        ]
        triggers = [
            Audit(quiet=["updated_at", "updated_by"], hidden=["external_subscription_id", "method"]),
            KeepUpdatedBy(quiet=["updated_at", "updated_by"]),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def anchor(self) -> int:
        """The day of the month on which its periods begin."""
        return self.anchor_day or self.current_period_start.astimezone(periods.ZONE).day

    @property
    def is_in_trial(self) -> bool:
        """Whether the current period is the trial, cancelled or not."""
        return self.trial_started_at is not None and self.trial_started_at == self.current_period_start

    @property
    def next_charge_at(self) -> dt.datetime:
        """When money is taken next: at the end of the period, or of the pause that follows it."""
        if not self.pause_months:
            return self.current_period_end
        return periods.months_later(self.current_period_end, self.pause_months, anchor=self.anchor)

    @property
    def lasts_until(self) -> dt.date:
        """The last day of the current period, in Korea."""
        return periods.last_day(self.current_period_end)


class PaymentTransaction(WorkRow):
    """A payment, refund or chargeback: the ledger, and the job that brings it about.

    `ask_at` is when a pending one is sent or asked about next; each attempt raises `attempts`.
    """

    class Type(models.TextChoices):
        PAYMENT = "payment", _("결제")
        REFUND = "refund", _("환불")
        CHARGEBACK = "chargeback", _("지급 거절")

    class Status(models.TextChoices):
        PENDING = "pending", _("기다림")
        COMPLETED = "completed", _("끝남")
        FAILED = "failed", _("안 됨")
        CANCELED = "canceled", _("취소")

    class Purpose(models.TextChoices):
        SUBSCRIBE = "subscribe", _("첫 결제")
        CONVERT = "convert", _("무료 체험 뒤의 결제")
        RENEW = "renew", _("정기 결제")
        SWITCH = "switch", _("요금제 바꾸기")
        RESUME = "resume", _("다시 시작")
        # Of refunds: why.
        WITHDRAWAL = "withdrawal", _("7일 안의 철회")
        NOT_OWED = "not_owed", _("내지 않아도 되는 돈")
        ERROR = "error", _("잘못된 결제")
        GOODWILL = "goodwill", _("배려")
        ELSEWHERE = "elsewhere", _("대행사에서 함")

    # The law requires payments to be kept for five years: a person with payments is anonymised, not deleted.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, db_index=False, related_name="payments")
    subscription = models.ForeignKey(
        UserSubscription, models.DO_NOTHING, null=True, db_index=False, related_name="transactions"
    )
    transaction_type = models.CharField(max_length=20, choices=Type)
    status = models.CharField(max_length=20, choices=Status)
    amount = models.IntegerField()
    currency = models.CharField(max_length=3, default="KRW", db_default="KRW")
    payment_gateway = models.CharField(max_length=50)
    gateway_transaction_id = models.CharField(max_length=255, null=True)
    payment_method = models.CharField(max_length=50, null=True)
    gateway_response = models.JSONField(null=True)
    failure_reason = models.TextField(null=True)
    updated_at = Touched()

    # Beyond the document; docs/schema.md says why.
    # Sent with every attempt and stored before the first, so that the gateway takes the money once.
    idempotency_key = models.CharField(max_length=100, null=True, unique=True)
    purpose = models.CharField(max_length=20, choices=Purpose, null=True)
    plan = models.ForeignKey(SubscriptionPlan, models.DO_NOTHING, null=True, db_index=False, related_name="+")
    method = models.ForeignKey(PaymentMethod, models.DB_SET_NULL, null=True, db_index=False, related_name="+")
    period_starts_at = models.DateTimeField(null=True)
    period_ends_at = models.DateTimeField(null=True)
    # Of a switch: the value of the unused days, already taken off the amount.
    credit = models.IntegerField(default=0, db_default=0)
    # Of a refund or chargeback: the payment that it takes back.
    parent = models.ForeignKey("self", models.DB_SET_NULL, null=True, db_index=False, related_name="returns")
    # A second successful payment of one period, which a fuse has caught.
    is_excess = models.BooleanField(default=False, db_default=False)
    ask_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    # Of a refund: the staff who asked for it.
    requested_by = models.UUIDField(null=True, editable=False)

    class Meta:
        db_table = "payment_transactions"
        verbose_name = pgettext_lazy("one", "결제")
        verbose_name_plural = pgettext_lazy("several", "결제")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="payment_transactions_amount"),
            *whole_units("payment_transactions", "amount", "credit"),
            # One open or successful payment of each period.
            models.UniqueConstraint(
                fields=["subscription", "period_starts_at"],
                name="payment_transactions_one_per_period",
                condition=Q(transaction_type="payment", status__in=["pending", "completed"], is_excess=False),
            ),
            # What the gateway calls a refund or a dispute is booked once.
            models.UniqueConstraint(
                fields=["parent", "transaction_type", "gateway_transaction_id"],
                name="payment_transactions_one_return",
                condition=Q(parent__isnull=False, gateway_transaction_id__isnull=False),
            ),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_payment_transactions_user_id"),
            NamedIndex(fields=["status"], name="idx_payment_transactions_status"),
            # Read each minute: pending transactions to be sent or asked about.
            NamedIndex(fields=["ask_at"], name="idx_payment_transactions_ask_at", condition=Q(status="pending")),
            NamedIndex(fields=["parent"], name="idx_payment_transactions_parent_id"),
            # What staff look for: the few that give money back.
            NamedIndex(
                fields=["created_at"],
                name="idx_payment_transactions_transaction_type",
                condition=Q(transaction_type__in=["refund", "chargeback"]),
            ),
        ]
        triggers = [
            Audit(
                quiet=["updated_at", "ask_at", "attempts"],
                hidden=["gateway_transaction_id", "gateway_response", "failure_reason", "idempotency_key", "method"],
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.PENDING


class BillingConsent(models.Model):
    """A consent to being charged: to what, from when.

    Never changed.
    """

    class Item(models.TextChoices):
        RECURRING = "recurring", _("자동 결제")
        TRIAL = "trial", _("무료 체험이 끝난 뒤의 결제")
        PRICE = "price", _("인상된 가격")

    id = uuid_key()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="billing_consents"
    )
    subscription = models.ForeignKey(
        UserSubscription, models.DB_SET_NULL, null=True, db_index=False, related_name="consents"
    )
    item = models.CharField(max_length=20, choices=Item)
    plan = models.ForeignKey(SubscriptionPlan, models.DO_NOTHING, db_index=False, related_name="+")
    old_amount = models.IntegerField(null=True)
    amount = models.IntegerField()
    currency = models.CharField(max_length=3, default="KRW", db_default="KRW")
    # The first charge of this amount.
    effective_at = models.DateTimeField()
    occurred_at = models.DateTimeField()

    class Meta:
        db_table = "billing_consents"
        constraints = [*whole_units("billing_consents", "old_amount", "amount")]
        indexes = [
            NamedIndex(fields=["user"], name="idx_billing_consents_user_id"),
            NamedIndex(fields=["subscription"], name="idx_billing_consents_subscription_id"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class GatewayEvent(WorkRow):
    """A webhook: stored once, then the truth is fetched from the gateway."""

    gateway = models.CharField(max_length=50)
    event_id = models.CharField(max_length=255)
    event_type = models.CharField(max_length=100)
    # The key of the payment, or the id of the checkout, that it is about. Empty: nothing of ours.
    reference = models.CharField(max_length=255, default="", db_default="")
    due_at = models.DateTimeField(null=True)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_events"
        verbose_name = pgettext_lazy("one", "대행사의 알림")
        verbose_name_plural = pgettext_lazy("several", "대행사의 알림")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="gateway_events_event_id"),
        ]
        indexes = [
            NamedIndex(fields=["due_at"], name="idx_gateway_events_due_at", condition=Q(processed_at__isnull=True)),
            NamedIndex(fields=["reference"], name="idx_gateway_events_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.event_type}"


class BillingAlert(models.Model):
    """Something about money that a person of the staff must look at."""

    class Kind(models.TextChoices):
        EXCESS = "excess", _("한 기간에 두 번 결제됨")
        MISMATCH = "mismatch", _("금액이 대행사와 다름")
        UNKNOWN = "unknown", _("하루가 지나도 결과를 모름")
        NIGHT = "night", _("오늘 결제가 예상을 넘음")
        DIFFERENCE = "difference", _("장부가 대행사와 다름")
        REFUND = "refund", _("환불이 되지 않음")
        LATE = "late", _("철회한 돈이 늦음")
        LEAVING = "leaving", _("카드가 지워지지 않아 계정을 지우지 못함")

    id = uuid_key()
    kind = models.CharField(max_length=20, choices=Kind)
    # The payment's key, the day of a night, or the id of a card.
    reference = models.CharField(max_length=255)
    # Codes and amounts.
    facts = json_object()
    created_at = created()
    # The mail to the operator (billing/alert_mails.py).
    mailed_at = models.DateTimeField(null=True, editable=False)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.UUIDField(null=True, editable=False)

    class Meta:
        db_table = "billing_alerts"
        verbose_name = pgettext_lazy("one", "살펴볼 일")
        verbose_name_plural = pgettext_lazy("several", "살펴볼 일")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "reference"], name="billing_alerts_one_open", condition=Q(resolved_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class RenewalNight(models.Model):
    """What a day's renewals should take and have taken, for the fuse (billing/fuses.py)."""

    day_on = models.DateField(primary_key=True)
    # Of everybody who is due; of those charged so far; and what was charged.
    forecast = models.BigIntegerField()
    expected = models.BigIntegerField(default=0, db_default=0)
    charged = models.BigIntegerField(default=0, db_default=0)
    charges = models.IntegerField(default=0, db_default=0)

    class Meta:
        db_table = "renewal_nights"

    def __str__(self) -> str:
        return str(self.day_on)
