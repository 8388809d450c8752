"""Template tags of plans and amounts of money."""

from django import template

from billing.models import SubscriptionPlan
from billing.pages import amounts, receipts

register = template.Library()

register.filter("money", amounts.text)
register.filter("method_text", receipts.method_text)


@register.simple_tag
def plan_text(plan: SubscriptionPlan | None, field: str) -> str:
    """A plan's text in the active language; empty without a plan."""
    return plan.text(field) if plan else ""
