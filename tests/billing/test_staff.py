"""The staff's pages: find a person's subscription, its timeline, refunds within the role's limit, alerts, revenue."""

import re

import pytest
from django.contrib.auth.models import Group

from accounts import roles
from billing import cancellation, fuses, plans, revenue
from billing.models import BillingAlert, PaymentTransaction, SubscriptionPlan, UserSubscription
from billing.pages import receipts, timeline
from tests.billing.scenes import AT, DAY, now_of, pass_time, phase, seoul, subscribe, work
from tests.factories.accounts import UserFactory


def staff(client, role):
    roles.install()
    one = UserFactory(is_staff=True)
    one.groups.add(Group.objects.get(name=role))
    client.force_login(one)
    return one


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(AT, tick=False)


@pytest.mark.parametrize("by", ["address", "order number", "key", "gateway id"])
def test_a_subscription_is_found_by_what_people_and_gateways_name(client, person, by):
    staff(client, "billing")
    subscription = subscribe(person)
    payment = PaymentTransaction.objects.get()
    wanted = {
        "address": person.email,
        "order number": receipts.order_number(payment),
        "key": payment.idempotency_key,
        "gateway id": payment.gateway_transaction_id,
    }[by]
    answer = client.post("/admin/billing/usersubscription/find/", {"wanted": wanted})

    assert answer.url.endswith(f"/{subscription.pk}/change/")


@pytest.mark.parametrize("wanted", ["", "nobody@example.com", "W-261399-ABCDEF", "W-1-2", "x"])
def test_what_is_unknown_is_not_found(client, db, wanted):
    staff(client, "billing")
    answer = client.post("/admin/billing/usersubscription/find/", {"wanted": wanted})

    assert answer.url == "/admin/billing/usersubscription/"


def test_the_timeline_holds_payments_messages_states_and_consents(client, person):
    staff(client, "billing")
    subscription = subscribe(person)
    page = text(client.get(f"/admin/billing/usersubscription/{subscription.pk}/change/"))

    assert all(words in page for words in ("첫 결제", "9,900원", "paid", "쓰는 중", "저절로 이어지는 결제"))
    assert timeline.of_subscription("nonsense") == []


def test_a_refund_needs_a_role_and_stays_within_its_limit(client, person):
    subscribe(person, "premium_yearly")
    payment = PaymentTransaction.objects.get()
    url = f"/admin/billing/paymenttransaction/{payment.pk}/refund/"
    sent = {"amount": "30000", "reason": "goodwill"}
    staff(client, "content")
    assert client.post(url, sent).status_code == 403
    staff(client, "support")
    assert "20,000원까지" in text(client.post(url, sent, follow=True))
    assert not PaymentTransaction.objects.filter(transaction_type="refund").exists()
    one = staff(client, "billing")
    client.post(url, sent)
    work(AT)

    refund = PaymentTransaction.objects.get(transaction_type="refund")
    assert (refund.amount, refund.status, refund.requested_by, phase(person)) == (
        3000000,
        "completed",
        one.pk,
        "active",
    )


def test_a_price_that_staff_raise_is_dated(client, db):
    staff(client, "billing")
    plan = SubscriptionPlan.objects.get(pk="pro")
    values = {"id": "pro", "name": "Pro", "currency": "KRW", "billing_cycle": "monthly", "sort_order": 1}
    sent = {
        **values,
        "price": "2490000",
        "features": '["사진"]',
        "limits": '{"max_habits": -1}',
        "translations": "{}",
        "is_active": "on",
    }
    client.post("/admin/billing/subscriptionplan/pro/change/", sent)
    plan.refresh_from_db()

    assert (plan.price, plan.price_changed_at) == (2490000, AT)


def test_an_alert_is_resolved_and_a_parked_subscription_released(client, person):
    one = staff(client, "billing")
    subscription = subscribe(person)
    UserSubscription.objects.update(parked_at=AT)
    fuses.report(fuses.Kind.EXCESS, "w1", at=AT, amount=1)
    alert = BillingAlert.objects.get()
    client.post("/admin/billing/billingalert/", {"action": "resolve", "_selected_action": [alert.pk]})
    client.post(f"/admin/billing/usersubscription/{subscription.pk}/release/")
    alert.refresh_from_db()

    assert (alert.resolved_by, alert.resolved_at, now_of(person).parked_at) == (one.pk, AT, None)


def test_revenue_comes_from_the_ledger(client, person, stranger):
    staff(client, "billing")
    subscribe(person)
    subscribe(stranger, "premium_yearly")
    third = UserFactory()
    subscribe(third, trial=True)
    cancellation.cancel(third, at=AT + DAY)
    pass_time(AT, seoul(2026, 9, 20))
    figures = revenue.figures(seoul(2026, 9, 20))

    assert (figures.mrr, figures.paying) == (990000 + 825000, 2)
    assert (figures.income, figures.returned, figures.net) == (10890000, 0, 10890000)
    assert (figures.conversion, figures.unpaid, figures.churn) == (0.0, 0, None)
    plans.forget()
    assert "매출" in text(client.get("/admin/billing/usersubscription/revenue/"))
