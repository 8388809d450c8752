"""Fixtures of billing: an empty ledger of the demo gateway, and the plans."""

import pytest

from billing import plans
from billing.gateways import silence
from billing.models import SubscriptionPlan
from tests.billing.scenes import AT

PLANS = {
    "basic": ("Basic", 0, "monthly", {"max_habits": 3, "ai_messages_per_day": 5}),
    "premium": ("Premium", 990000, "monthly", {"max_habits": -1, "ai_messages_per_day": -1}),
    "premium_yearly": ("Premium", 9900000, "yearly", {"max_habits": -1, "ai_messages_per_day": -1}),
    "pro": ("Pro", 1990000, "monthly", {"max_habits": -1, "ai_messages_per_day": -1, "photo_storage_mb": 51200}),
    "pro_yearly": ("Pro", 19900000, "yearly", {"max_habits": -1, "ai_messages_per_day": -1, "photo_storage_mb": 51200}),
}
# The others keep what the content or another test gave them.
SET = ["name", "price", "billing_cycle", "limits", "features", "sort_order", "is_active", "price_changed_at"]


@pytest.fixture(autouse=True)
def _demo_ledger(settings, tmp_path):
    settings.DEMO_GATEWAY = tmp_path / "demo-gateway.sqlite"


@pytest.fixture
def clock(time_machine):
    """The clock, which stands at AT until the test moves it."""
    time_machine.move_to(AT, tick=False)
    return time_machine


@pytest.fixture(autouse=True)
def _no_silence():
    """No gateway is known as silent, before the test and for the next one."""
    silence.forget()
    yield
    silence.forget()


@pytest.fixture(autouse=True)
def _plans(request):
    """The document's plans, where the test uses the database: another test may have flushed them."""
    if {"db", "transactional_db", "content", "committed"} & set(request.fixturenames):
        request.getfixturevalue("transactional_db" if {"content", "committed"} & set(request.fixturenames) else "db")
        rows = [
            SubscriptionPlan(
                id=plan_id, name=name, price=price, billing_cycle=cycle, limits=limits, features=[], sort_order=order
            )
            for order, (plan_id, (name, price, cycle, limits)) in enumerate(PLANS.items())
        ]
        SubscriptionPlan.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=SET)
        plans.forget()
