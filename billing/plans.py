"""The plans, cached: they change rarely and are read on every page."""

from billing.models import SubscriptionPlan
from billing.periods import Cycle
from core import cache_entries

FREE_PLAN = "basic"
UNLIMITED = -1


class NotForSale(Exception):
    """There is no such plan to subscribe to."""


def everything() -> dict[str, SubscriptionPlan]:
    """All plans by id, in their order, retired ones included: people may still be on them."""
    return cache_entries.PLANS.get(make=_read)


def _read() -> dict[str, SubscriptionPlan]:
    return {plan.pk: plan for plan in SubscriptionPlan.objects.order_by("sort_order", "id")}


def choices() -> list[tuple[str, str]]:
    """Every plan to choose from, with its name and its cycle."""
    return [(plan.pk, f"{plan.text('name')} ({plan.get_billing_cycle_display()})") for plan in everything().values()]


def active() -> list[SubscriptionPlan]:
    """The plans for sale, the free one included."""
    return [plan for plan in everything().values() if plan.is_active]


def for_sale(plan_id: str) -> SubscriptionPlan:
    """Raises NotForSale, for the free plan too."""
    plan = everything().get(plan_id)
    if plan is None or not plan.is_active or not plan.price:
        raise NotForSale(plan_id)
    return plan


def tier(plan: SubscriptionPlan) -> str:
    """What a plan is called whatever its cycle: `premium` for `premium_yearly`."""
    return next((name for cycle in Cycle if (name := plan.pk.removesuffix(f"_{cycle}")) != plan.pk), plan.pk)


def of_tier(name: str) -> list[SubscriptionPlan]:
    return [plan for plan in active() if tier(plan) == name]


def in_cycle(plan: SubscriptionPlan, cycle: str) -> SubscriptionPlan:
    """The plan of the same tier that is paid in this cycle; the plan itself where there is none."""
    return next((one for one in of_tier(tier(plan)) if one.billing_cycle == cycle), plan)


def forget() -> None:
    """Clears the cache after staff change a plan."""
    cache_entries.PLANS.forget()
