"""Changes of money that two people make: a plan's price, a large refund."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing import plans, refunds
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from billing.pages import amounts, receipts
from core import small_cells
from core.staff import change_requests, permissions
from core.staff.change_requests import ImpossibleChange, Kind, ValueDifference
from core.staff.models import ChangeRequest

PRICE, REFUND = "price", "refund"


def _plan(change: ChangeRequest) -> SubscriptionPlan:
    return SubscriptionPlan.objects.get(pk=change.target)


def _set_price(change: ChangeRequest, _request: Any) -> None:
    plan = _plan(change)
    plan.price, plan.price_changed_at = change.proposed["price"], timezone.now()
    plan.save(update_fields=["price", "price_changed_at", "updated_at"])
    transaction.on_commit(plans.forget)


def _price_differences(change: ChangeRequest) -> list[ValueDifference]:
    currency = change.before["currency"]
    now, then = (amounts.text(values["price"], currency) for values in (change.before, change.proposed))
    return [ValueDifference(_("가격"), now, then)]


def _using(plan_id: str) -> int:
    return UserSubscription.objects.filter(plan=plan_id).exclude(status="expired").count()


def _price_of(change: ChangeRequest) -> dict[str, Any]:
    plan = _plan(change)
    return {"price": plan.price, "currency": plan.currency, "billing_cycle": plan.billing_cycle}


change_requests.KINDS[PRICE] = Kind(
    label=gettext_lazy("가격 바꾸기"),
    permission="billing.change_subscriptionplan",
    current=_price_of,
    apply=_set_price,
    name=lambda change: str(_plan(change)),
    differences=_price_differences,
    counts=lambda change: [(gettext_lazy("이 요금제를 쓰는 사람"), small_cells.people_text(_using(change.target)))],
)


def _payment(change: ChangeRequest) -> PaymentTransaction:
    return PaymentTransaction.objects.get(pk=change.target)


def _refund_state(change: ChangeRequest) -> dict[str, Any]:
    payment = _payment(change)
    return {"left": refunds.left_of(payment), "status": payment.status}


def _refund(change: ChangeRequest, _request: Any) -> None:
    author = User.objects.get(pk=change.author_id)
    try:
        refunds.refund(_payment(change).pk, **change.proposed, staff=author, at=timezone.now(), is_approved=True)
    except (refunds.TooMuch, PaymentTransaction.DoesNotExist) as error:
        most = amounts.text(getattr(error, "most", 0))
        raise ImpossibleChange(_("%(most)s까지 환불할 수 있어요.") % {"most": most}) from error


def _refund_differences(change: ChangeRequest) -> list[ValueDifference]:
    payment, proposed = _payment(change), change.proposed
    left = change.before["left"]
    before, after = (amounts.text(amount, payment.currency) for amount in (left, left - proposed["amount"]))
    ends = _("지금 끝나요") if proposed["ends_plan"] else _("그대로예요")
    return [
        ValueDifference(_("환불"), "", amounts.text(proposed["amount"], payment.currency)),
        ValueDifference(_("돌려줄 수 있는 돈"), before, after),
        ValueDifference(_("까닭"), "", PaymentTransaction.Purpose(proposed["reason"]).label),
        ValueDifference(_("구독"), "", ends),
    ]


def _refund_counts(change: ChangeRequest) -> list[tuple[str | Promise, int | str | Promise]]:
    payment = _payment(change)
    refunded = PaymentTransaction.objects.filter(user=payment.user_id, transaction_type="refund", status="completed")
    return [
        (gettext_lazy("이 사람이 전에 받은 환불"), refunded.count()),
        (gettext_lazy("지금 끝나는 구독"), int(bool(change.proposed["ends_plan"] and payment.subscription_id))),
    ]


change_requests.KINDS[REFUND] = Kind(
    label=gettext_lazy("큰 환불"),
    permission=permissions.permission("billing_refund"),
    current=_refund_state,
    apply=_refund,
    name=lambda change: receipts.order_number(_payment(change)),
    differences=_refund_differences,
    counts=_refund_counts,
)
