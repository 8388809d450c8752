"""Admin of plans, subscriptions, payments with refunds, alerts and revenue."""

import datetime as dt
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from billing import approvals, fuses, gateways, plans, refunds, revenue
from billing.forms import RefundForm
from billing.models import BillingAlert, GatewayEvent, PaymentTransaction, SubscriptionPlan, UserSubscription
from billing.pages import alert_facts, amounts, receipts, timeline
from billing.plan_forms import LIMITS, PlanForm
from core import work_queue
from core.admin_base import ReadOnly, Records, StaffAdmin
from core.revised_admin import ShownAdmin, StateFilter
from core.staff import history, permissions, reasons, revisions
from core.staff_widgets import UNLIMITED
from core.text_format import facts


def money_column(name: str, label: Any) -> Any:
    """A column that shows an amount with its unit."""

    @admin.display(description=label, ordering=name)
    def column(_admin: admin.ModelAdmin, row: Any) -> str:
        return amounts.text(getattr(row, name), row.currency)

    return column


def gateway_column(name: str) -> Any:
    """A column that shows what people call the gateway in it."""

    @admin.display(description=gettext_lazy("결제 대행사"), ordering=name)
    def column(_admin: admin.ModelAdmin, row: Any) -> str:
        return gateways.label(getattr(row, name) or "")

    return column


# What was paid with, where it is not called something already.
_METHODS = {"card": gettext_lazy("카드")}


def row_link(page: str, key: Any, text: str) -> str:
    """A link to a row of another table, in words; empty without a row."""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{page}_change", args=[key]), text) if key else ""


def _forget_plans(_row: SubscriptionPlan, _changed: list[str]) -> None:
    transaction.on_commit(plans.forget)


_CURRENCIES = [("KRW", gettext_lazy("원")), ("USD", gettext_lazy("달러"))]


def _tell_limit(most: Any, _limits: Any = None) -> str:
    return _("끝없음") if most == UNLIMITED else history.short_text(most)


history.name_parts(
    "billing.subscriptionplan", "limits", {name: PlanForm.base_fields[name].label or "" for name in LIMITS}
)
history.tell("billing.subscriptionplan", "limits", _tell_limit)
history.tell("billing.subscriptionplan", "price", lambda price, plan: amounts.text(price, plan["currency"]))
history.tell_choices("billing.subscriptionplan", "currency", _CURRENCIES, gettext_lazy("다른 통화"))
# A price needs two people.
revisions.watch(SubscriptionPlan, after=_forget_plans, without=["price", "sort_order"])


@admin.register(SubscriptionPlan)
class SubscriptionPlanAdmin(ShownAdmin):
    list_display = ["name", "id", "price_text", "billing_cycle", "shown_state", "sort_order"]
    list_filter = [StateFilter]
    ordering = ["sort_order", "id"]
    form = PlanForm
    change_form_template = "admin/billing/subscriptionplan/change_form.html"
    price_text = money_column("price", gettext_lazy("가격"))

    def get_readonly_fields(self, request: HttpRequest, obj: SubscriptionPlan | None = None) -> list[str]:
        return ["id"] if obj else []

    def save_model(self, request: HttpRequest, obj: SubscriptionPlan, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        if change and "price" in form.changed_data and "_draft" not in request.POST:
            proposed, obj.price = obj.price, form.initial["price"]
            why = reasons.posted(request)
            self.propose(request, approvals.PRICE, obj.pk, {"price": proposed}, why=why)
        super().save_model(request, obj, form, change)
        transaction.on_commit(plans.forget)


@admin.register(UserSubscription)
class UserSubscriptionAdmin(Records, StaffAdmin):
    change_list_template = "admin/billing/usersubscription/change_list.html"
    change_form_template = "admin/billing/usersubscription/change_form.html"
    list_display = ["user", "plan", "phase", "amount_text", "current_period_end", "parked_at"]
    list_filter = ["status"]
    list_select_related = ["user", "plan"]
    fields = [
        "person", "plan", "phase", "status", "amount_text", "started_at", "current_period_start", "current_period_end",
        "trial_started_at", "canceled_at", "next_plan", "pause_months", "retry_at", "failures", "parked_at",
        "of_gateway", "external_subscription_id", "created_at", "updated_at",
    ]  # fmt: skip
    amount_text = money_column("amount", gettext_lazy("금액"))

    def row_note(self, row: UserSubscription) -> str:
        kind = capfirst(str(self.opts.verbose_name))
        return facts([kind, row.plan.text("name"), str(row.get_phase_display())])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("revenue/", view(require_safe(self.show_revenue)), name="billing_revenue"),
            path("find/", view(require_POST(self.find)), name="billing_find"),
            path("<uuid:pk>/release/", view(require_POST(self.release)), name="billing_release"),
            *super().get_urls(),
        ]

    def find(self, request: HttpRequest) -> HttpResponse:
        """Goes to the subscription of a posted address, order number or key of a payment.

        None of them is in a URL.
        """
        found = timeline.find(request.POST.get("wanted", ""))
        if found is not None:
            return redirect("admin:billing_usersubscription_change", found)
        self.message_user(request, _("그런 사람이나 결제를 찾지 못했어요."), messages.WARNING)
        return redirect("admin:billing_usersubscription_changelist")

    def release(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Lets a parked subscription be charged again."""
        fuses.release(get_object_or_404(UserSubscription, pk=pk))
        self.message_user(request, _("다시 결제할 수 있어요."))
        return redirect("admin:billing_usersubscription_change", pk)

    def show_revenue(self, request: HttpRequest) -> HttpResponse:
        figures = revenue.figures(timezone.now())
        context = {**self.admin_site.each_context(request), "title": _("매출"), "figures": figures, "opts": self.opts}
        return TemplateResponse(request, "admin/billing/revenue.html", context)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        context = {**(extra_context or {}), "timeline": timeline.of_subscription(object_id)}
        return super().change_view(request, object_id, form_url, context)

    of_gateway = gateway_column("payment_gateway")


@admin.register(PaymentTransaction)
class PaymentTransactionAdmin(Records, StaffAdmin):
    change_form_template = "admin/billing/paymenttransaction/change_form.html"
    list_display = ["number", "user", "transaction_type", "purpose", "status", "amount_text", "created_at"]
    list_filter = ["status", "transaction_type"]
    fieldsets = [
        (
            gettext_lazy("결제"),
            {"fields": ["number", "amount_text", "status", "transaction_type", "purpose", "is_excess"]},
        ),
        (
            gettext_lazy("누구의 무엇"),
            {"fields": ["person_link", "plan", "of_subscription", "of_payment", "period_starts_at", "period_ends_at"]},
        ),
        (
            gettext_lazy("대행사"),
            {
                "fields": [
                    "of_gateway",
                    "paid_with",
                    "gateway_transaction_id",
                    "failure_reason",
                    "attempts",
                    "ask_at",
                ]
            },
        ),
        (gettext_lazy("때"), {"fields": ["completed_at", "created_at", "updated_at"]}),
    ]
    ordering = ["-id"]
    list_select_related = ["user"]
    amount_text = money_column("amount", gettext_lazy("금액"))
    linked: ClassVar[dict[str, tuple[str, str]]] = {"person_link": ("accounts.view_user", "person")}

    @admin.display(description=gettext_lazy("주문 번호"))
    def number(self, payment: PaymentTransaction) -> str:
        return receipts.order_number(payment)

    of_gateway = gateway_column("payment_gateway")

    @admin.display(description=gettext_lazy("결제 수단"))
    def paid_with(self, payment: PaymentTransaction) -> str:
        return str(_METHODS.get(payment.payment_method or "", payment.payment_method or ""))

    @admin.display(description=gettext_lazy("사람"))
    def person_link(self, payment: PaymentTransaction) -> str:
        return row_link("accounts_user", payment.user_id, self.person(payment))

    @admin.display(description=gettext_lazy("구독"))
    def of_subscription(self, payment: PaymentTransaction) -> str:
        return row_link("billing_usersubscription", payment.subscription_id, _("구독 보기"))

    @admin.display(description=gettext_lazy("어느 결제의"))
    def of_payment(self, payment: PaymentTransaction) -> str:
        parent = payment.parent
        return row_link("billing_paymenttransaction", parent.pk, receipts.order_number(parent)) if parent else ""

    def row_name(self, row: PaymentTransaction) -> str:
        return amounts.text(row.amount, row.currency)

    def row_note(self, row: PaymentTransaction) -> str:
        return facts([row.get_transaction_type_display(), row.get_status_display(), receipts.order_number(row)])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.refund))
        return [path("<uuid:pk>/refund/", view, name="billing_refund"), *super().get_urls()]

    def refund(self, request: Any, pk: UUID) -> HttpResponse:
        form, page = RefundForm(request.POST), reverse("admin:billing_paymenttransaction_change", args=[pk])
        refusal = self._refund(request, pk, form) if form.is_valid() else _("금액과 까닭을 적어 주세요.")
        return self.refuse_act(request, refusal, page=page) if refusal else HttpResponseRedirect(page)

    def _refund(self, request: Any, pk: UUID, form: RefundForm) -> str:
        """Refunds, or asks a second person; why not, where it was refused."""
        sent = form.cleaned_data
        wanted = {"amount": sent["amount"] * 100, "reason": sent["reason"], "ends_plan": sent["ends_plan"]}
        try:
            refunds.refund(pk, **wanted, staff=request.user, at=timezone.now())
            self.message_user(request, _("환불을 요청했어요. 곧 대행사의 답이 와요."))
        except refunds.NeedsApproval:
            self.propose(request, approvals.REFUND, str(pk), wanted, why=reasons.posted(request))
        except (refunds.TooMuch, PaymentTransaction.DoesNotExist) as error:
            return _("%(most)s까지 환불할 수 있어요.") % {"most": amounts.text(getattr(error, "most", 0))}
        return ""

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        limit = refunds.most_for(request.user) if permissions.may(request.user, "billing_refund") else 0
        payment = PaymentTransaction.objects.filter(pk=object_id).first() if _is_uuid(object_id) else None
        can = payment is not None and payment.transaction_type == "payment" and payment.status == "completed"
        context = {**(extra_context or {}), "can_refund": can and limit != 0}
        if can and payment is not None:
            left = refunds.left_of(payment)
            context["refund_left"] = amounts.text(left, payment.currency)
            # Said before it is typed.
            context["refund_most"] = amounts.text(limit, payment.currency) if limit is not None and limit < left else ""
        return super().change_view(request, object_id, form_url, context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        page = super().render_change_form(request, context, *args, **kwargs)
        # What was typed for a refund that was refused is there again, with what is wrong.
        context["refund_form"] = RefundForm(context["typed"]) if context["can_refund"] else None
        return page


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@admin.register(GatewayEvent)
class GatewayEventAdmin(Records, StaffAdmin):
    nothing_said = gettext_lazy("대행사가 알려 온 일이 여기에 쌓여요.")
    owner = ""
    fields = ["of_gateway", "event_id", "event_type", "reference", "attempts", "due_at", "processed_at", "created_at"]
    list_display = ["of_gateway", "event_type", "reference", "attempts", "created_at", "processed_at"]
    list_filter = [("processed_at", admin.EmptyFieldListFilter)]
    ordering = ["-id"]
    of_gateway = gateway_column("gateway")


@admin.register(BillingAlert)
class BillingAlertAdmin(ReadOnly, StaffAdmin):
    nothing_said = gettext_lazy("결제에서 어긋난 것을 찾으면 여기에 나와요. 지금은 없어요.")
    list_display = ["kind", "reference", "facts_text", "created_at", "resolved_at"]
    list_filter = ["kind", ("resolved_at", admin.EmptyFieldListFilter)]
    ordering = ["resolved_at", "-created_at"]
    fields = ["kind", "reference", "facts_text", "created_at", "mailed_at", "resolved_at"]
    actions = ["resolve"]

    @admin.display(description=gettext_lazy("사실"))
    def facts_text(self, alert: BillingAlert) -> str:
        return facts(alert_facts.told(alert.facts))

    @admin.action(description=gettext_lazy("살펴봤어요"))
    def resolve(self, request: Any, queryset: QuerySet[BillingAlert]) -> None:
        for alert in queryset.filter(resolved_at=None):
            fuses.resolve(alert, by=request.user.pk, at=timezone.now())
        self.message_user(request, _("닫았어요. 멈춘 결제가 있었다면 다시 이어져요."))


# Counted up to this many: the staff home is not a report.
_COUNTED = 1000
# A gateway answers within seconds; asked again after 1, 5 and 30 minutes, a payment is unknown for longer only in trouble.
_UNKNOWN_AFTER = dt.timedelta(hours=1)


@work_queue.waiting("billing.view_paymenttransaction")
def unknown_payments(now: dt.datetime) -> work_queue.Waiting | None:
    """Payments and refunds that a gateway was asked for and whose outcome is still not known."""
    asked = PaymentTransaction.objects.filter(status="pending", attempts__gt=0, created_at__lte=now - _UNKNOWN_AFTER)
    since = [*asked.order_by("created_at").values_list("created_at", flat=True)[:_COUNTED]]
    if not since:
        return None
    title = ngettext("결과를 모르는 결제 %(n)s건", "결과를 모르는 결제 %(n)s건", len(since)) % {"n": len(since)}
    url = reverse("admin:billing_paymenttransaction_changelist") + "?status__exact=pending"
    return work_queue.Waiting(title, url, since=since[0], icon="credit-card", is_failure=True)


@work_queue.waiting("billing.view_billingalert")
def open_alerts(now: dt.datetime) -> work_queue.Waiting | None:
    """What the fuses and the nightly comparison found, until somebody has looked at it."""
    opened = BillingAlert.objects.filter(resolved_at=None).order_by("created_at")
    since = [*opened.values_list("created_at", flat=True)[:_COUNTED]]
    if not since:
        return None
    title = ngettext("살펴볼 결제 일 %(n)s건", "살펴볼 결제 일 %(n)s건", len(since)) % {"n": len(since)}
    url = reverse("admin:billing_billingalert_changelist") + "?resolved_at__isempty=1"
    return work_queue.Waiting(title, url, since=since[0], icon="circle-alert", is_failure=True)
