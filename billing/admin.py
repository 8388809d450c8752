"""Admin of plans; subscriptions and payments are read-only."""

from django.contrib import admin
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest

from billing import plans
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from core.admin_base import ReadOnly, StaffAdmin


@admin.register(SubscriptionPlan)
class SubscriptionPlanAdmin(StaffAdmin):
    list_display = ["id", "name", "price_text", "billing_cycle", "is_active", "sort_order"]
    list_editable = ["is_active", "sort_order"]

    @admin.display(description="값", ordering="price")
    def price_text(self, plan: SubscriptionPlan) -> str:
        return f"{plan.price / 100:,.0f} {plan.currency}"

    def save_model(self, request: HttpRequest, obj: SubscriptionPlan, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        transaction.on_commit(plans.forget)


@admin.register(UserSubscription)
class UserSubscriptionAdmin(ReadOnly, StaffAdmin):
    list_display = ["id", "user", "plan", "status", "current_period_end"]
    list_filter = ["status", "plan"]


@admin.register(PaymentTransaction)
class PaymentTransactionAdmin(ReadOnly, StaffAdmin):
    list_display = ["id", "user", "transaction_type", "status", "amount", "currency", "created_at"]
    list_filter = ["status", "transaction_type", "payment_gateway"]
