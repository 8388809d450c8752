"""Plans, subscriptions and payments. Amounts are hundredths of the currency, won included."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.audit.triggers import Audit, KeepUpdatedBy
from core.db.columns import NamedIndex, Touched, Translated, created, json_object, uuid_key


class SubscriptionPlan(Translated):
    class Cycle(models.TextChoices):
        MONTHLY = "monthly", _("매월")
        YEARLY = "yearly", _("매년")

    id = models.CharField(primary_key=True, max_length=50)
    name = models.CharField(_("이름"), max_length=100)
    description = models.TextField(_("설명"), null=True, blank=True)
    price = models.IntegerField(_("값"), help_text=_("통화의 100분의 1 단위예요. 9,900원은 990000."))
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

    class Meta:
        db_table = "subscription_plans"
        verbose_name = _("요금제")
        verbose_name_plural = _("요금제")
        constraints = [models.CheckConstraint(condition=Q(price__gte=0), name="subscription_plans_price")]
        triggers = [Audit(quiet=["updated_at"])]

    def __str__(self) -> str:
        return self.name


class UserSubscription(models.Model):
    class Status(models.TextChoices):
        ACTIVE = "active", _("쓰는 중")
        CANCELED = "canceled", _("그만둠")
        EXPIRED = "expired", _("끝남")
        PENDING = "pending", _("결제 기다림")

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

    class Meta:
        db_table = "user_subscriptions"
        verbose_name = _("구독")
        verbose_name_plural = _("구독")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["active", "canceled", "expired", "pending"]), name="user_subscriptions_status"
            ),
            # "User -> Subscription (1:1 current)"; a canceled one does not count as current.
            models.UniqueConstraint(
                fields=["user"], name="user_subscriptions_one_active", condition=Q(status="active")
            ),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_user_subscriptions_user_id"),
            NamedIndex(fields=["status"], name="idx_user_subscriptions_status"),
            # Read by the renewal job: subscriptions that end next.
            NamedIndex(
                fields=["current_period_end"],
                name="idx_user_subscriptions_current_period_end",
                condition=Q(status__in=["active", "canceled"]),
            ),
        ]
        triggers = [
            Audit(quiet=["updated_at", "updated_by"], hidden=["external_subscription_id"]),
            KeepUpdatedBy(quiet=["updated_at", "updated_by"]),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PaymentTransaction(models.Model):
    class Type(models.TextChoices):
        PAYMENT = "payment", _("결제")
        REFUND = "refund", _("환불")
        CHARGEBACK = "chargeback", _("지급 거절")

    class Status(models.TextChoices):
        PENDING = "pending", _("기다림")
        COMPLETED = "completed", _("끝남")
        FAILED = "failed", _("안 됨")
        CANCELED = "canceled", _("취소")

    id = uuid_key()
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
    created_at = created()
    updated_at = Touched()

    class Meta:
        db_table = "payment_transactions"
        verbose_name = _("결제")
        verbose_name_plural = _("결제")
        indexes = [
            NamedIndex(fields=["user"], name="idx_payment_transactions_user_id"),
            NamedIndex(fields=["status"], name="idx_payment_transactions_status"),
        ]
        triggers = [
            Audit(quiet=["updated_at"], hidden=["gateway_transaction_id", "gateway_response", "failure_reason"]),
        ]

    def __str__(self) -> str:
        return str(self.pk)
