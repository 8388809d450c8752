"""Fixtures of billing: an empty ledger of the demo gateway, and the plans."""

import pytest

from billing import plans
from billing.models import SubscriptionPlan

PLANS = {
    "basic": ("Basic", 0, "monthly", {"max_habits": 3, "ai_messages_per_day": 5}),
    "premium": ("Premium", 990000, "monthly", {"max_habits": -1, "ai_messages_per_day": -1}),
    "premium_yearly": ("Premium", 9900000, "yearly", {"max_habits": -1, "ai_messages_per_day": -1}),
    "pro": ("Pro", 1990000, "monthly", {"max_habits": -1, "ai_messages_per_day": -1, "photo_storage_mb": 51200}),
    "pro_yearly": ("Pro", 19900000, "yearly", {"max_habits": -1, "ai_messages_per_day": -1, "photo_storage_mb": 51200}),
}


@pytest.fixture(autouse=True)
def _demo_ledger(settings, tmp_path):
    settings.DEMO_GATEWAY = tmp_path / "demo-gateway.sqlite"


@pytest.fixture(autouse=True)
def _plans(request):
    """The document's plans, where the test uses the database: another test may have flushed them."""
    if {"db", "transactional_db", "committed"} & set(request.fixturenames):
        request.getfixturevalue("transactional_db" if "committed" in request.fixturenames else "db")
        for order, (plan_id, (name, price, cycle, limits)) in enumerate(PLANS.items()):
            values = {"name": name, "price": price, "billing_cycle": cycle, "limits": limits, "features": []}
            SubscriptionPlan.objects.update_or_create(
                pk=plan_id, defaults={**values, "sort_order": order, "is_active": True, "price_changed_at": None}
            )
        plans.forget()
