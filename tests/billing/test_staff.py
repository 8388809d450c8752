"""The staff's pages: find a person's subscription, its timeline, refunds within the role's limit, alerts, revenue."""

from uuid import UUID

import pytest
from django.contrib.auth.models import Group

from accounts import roles
from billing import cancellation, fuses, plan_switches, plans, revenue
from billing.models import BillingAlert, GatewayEvent, PaymentTransaction, SubscriptionPlan, UserSubscription
from billing.pages import receipts, timeline
from core.audit.models import AuditLog
from core.staff import change_requests
from core.staff.models import ChangeRequest
from tests.billing.scenes import AT, DAY, change_card, now_of, pass_time, phase, seoul, subscribe, work
from tests.billing.surfaces import text
from tests.factories.accounts import UserFactory
from tests.staff_forms import seen

pytestmark = pytest.mark.usefixtures("clock")


def staff(client, role):
    roles.install()
    one = UserFactory(is_staff=True)
    one.groups.add(Group.objects.get(name=role))
    client.force_login(one)
    return one


@pytest.mark.parametrize("by", ["address", "order number", "key", "gateway id"])
def test_a_subscription_is_found_by_what_people_and_gateways_name(client, person, by):
    staff(client, "finance")
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
    staff(client, "finance")
    answer = client.post("/admin/billing/usersubscription/find/", {"wanted": wanted})

    assert answer.url == "/admin/billing/usersubscription/"


def test_the_timeline_holds_payments_webhooks_messages_states_and_consents(client, person):
    staff(client, "finance")
    subscription = subscribe(person)
    key = PaymentTransaction.objects.get().idempotency_key
    GatewayEvent.objects.create(gateway="demo", event_id="e1", event_type="payment.changed", reference=key)
    page = text(client.get(f"/admin/billing/usersubscription/{subscription.pk}/change/"))

    assert all(
        words in page for words in ("첫 결제", "9,900원", "payment.changed", "결제했어요", "쓰는 중", "자동 결제")
    )
    assert timeline.of_subscription("nonsense") == []


def test_the_history_of_a_subscription_says_what_is_hidden(client, person):
    subscription = subscribe(person)
    UserSubscription.objects.filter(pk=subscription.pk).update(retry_at=AT)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    page = client.get(f"/admin/billing/usersubscription/{subscription.pk}/history/")

    assert page.status_code == 200
    assert "가렸어요" in text(page)
    assert "[hidden]" not in text(page)


def test_a_refund_needs_a_role_and_stays_within_its_limit(client, person):
    subscribe(person, "premium_yearly")
    payment = PaymentTransaction.objects.get()
    url = f"/admin/billing/paymenttransaction/{payment.pk}/refund/"
    sent = {"amount": "30000", "reason": "goodwill", "why": "두 번 냈어요"}
    staff(client, "curator")
    assert client.post(url, sent).status_code == 403
    staff(client, "support")
    assert "20,000원까지" in text(client.post(url, sent, follow=True))
    assert not PaymentTransaction.objects.filter(transaction_type="refund").exists()
    one = staff(client, "finance")
    client.post(url, sent)
    work(AT)

    refund = PaymentTransaction.objects.get(transaction_type="refund")
    assert (refund.amount, refund.status, refund.requested_by, phase(person)) == (
        3000000,
        "completed",
        one.pk,
        "active",
    )


def approve(client, change, **sent):
    return client.post(f"/admin/staff/changerequest/{change.pk}/approve/", {"why": "맞아요"} | sent, follow=True)


def test_a_price_is_changed_by_two_people(client, db):
    author = staff(client, "finance")
    plan = SubscriptionPlan.objects.get(pk="pro")
    before = plan.price
    sent = {
        "name": "Pro",
        "currency": "KRW",
        "billing_cycle": "monthly",
        "sort_order": 7,
        "price": "24900",
        "features": ["사진"],
        "max_habits_endless": "on",
        "is_active": "on",
        "why": "값을 올려요",
    }
    page = "/admin/billing/subscriptionplan/pro/change/"
    client.post(page, sent | seen(client, page))
    plan.refresh_from_db()
    change = ChangeRequest.objects.get()

    assert (plan.price, plan.sort_order, plan.price_changed_at) == (before, 7, None)
    assert (change.author_id, change.proposed, change.why) == (author.pk, {"price": 2490000}, "값을 올려요")
    assert "다른 사람이 살펴봐야" in approve(client, change).text
    staff(client, "finance")
    page = text(client.get(f"/admin/staff/changerequest/{change.pk}/change/"))
    assert "24,900원" in page
    assert "이제 바뀌었어요" in approve(client, change).text
    plan.refresh_from_db()
    assert (plan.price, plan.price_changed_at) == (2490000, AT)
    assert AuditLog.objects.filter(table_name="subscription_plans").latest("occurred_at").why == "맞아요"


def test_a_price_that_others_changed_meanwhile_is_asked_again(client, db):
    author = staff(client, "finance")
    change = change_requests.propose("price", "pro", {"price": 2490000}, author=author.pk, why="값", at=AT)
    SubscriptionPlan.objects.filter(pk="pro").update(price=1500000)
    staff(client, "finance")

    assert "다시 올려야" in approve(client, change).text
    assert SubscriptionPlan.objects.get(pk="pro").price == 1500000
    change.refresh_from_db()
    assert change.state == "outdated"


def test_a_large_refund_waits_for_a_second_person(client, person):
    subscribe(person, "premium_yearly")
    PaymentTransaction.objects.update(amount=30000000)
    payment = PaymentTransaction.objects.get()
    one = staff(client, "finance")
    url = f"/admin/billing/paymenttransaction/{payment.pk}/refund/"
    answer = client.post(url, {"amount": "150000", "reason": "goodwill", "why": "약속했어요"}, follow=True)

    assert "승인을 기다려요" in answer.text
    assert not PaymentTransaction.objects.filter(transaction_type="refund").exists()
    change = ChangeRequest.objects.get()
    staff(client, "curator")
    assert "할 수 있는 역할이 아니에요" in approve(client, change).text
    staff(client, "finance")
    approve(client, change)
    refund = PaymentTransaction.objects.get(transaction_type="refund")
    assert (refund.amount, refund.requested_by) == (15000000, one.pk)


def test_an_alert_is_resolved_and_a_parked_subscription_released(client, person):
    one = staff(client, "finance")
    subscription = subscribe(person)
    UserSubscription.objects.update(parked_at=AT)
    fuses.report(fuses.Kind.EXCESS, "w1", at=AT, amount=1)
    alert = BillingAlert.objects.get()
    client.post("/admin/billing/billingalert/", {"action": "resolve", "_selected_action": [alert.pk]})
    client.post(f"/admin/billing/usersubscription/{subscription.pk}/release/", {"why": "고쳤어요"})
    alert.refresh_from_db()

    assert (alert.resolved_by, alert.resolved_at, now_of(person).parked_at) == (one.pk, AT, None)


def test_revenue_comes_from_the_ledger(client, person, stranger):
    staff(client, "finance")
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


def test_the_figures_count_what_was_paid_for_and_leave_out_staff_and_accounts_of_commands(person, stranger):
    """A person of each kind: monthly, yearly, switched, cancelled, unpaid, on trial, staff, seeded."""
    monthly, yearly, switched, cancelled, unpaid, trying = (person, stranger, *[UserFactory() for _ in range(4)])
    left_out = [UserFactory(is_staff=True), UserFactory(id=UUID("01a2272a-b808-8f56-ba75-d6e9c6f2bd8d"))]
    now = seoul(2026, 10, 3, 20)
    # The people's prices are those of their payments, whatever the plan costs others.
    for one in (monthly, unpaid, *left_out):
        subscribe(one)
    subscribe(yearly, "premium_yearly", at=seoul(2026, 9, 20))
    subscribe(switched, at=seoul(2026, 9, 20))
    shown = plan_switches.preview(now_of(switched), plans.for_sale("pro"), at=seoul(2026, 9, 25)).charge
    plan_switches.switch(switched, "pro", shown=shown, at=seoul(2026, 9, 25))
    work(seoul(2026, 9, 25))
    subscribe(cancelled, at=seoul(2026, 9, 20))
    cancellation.cancel(cancelled, at=seoul(2026, 9, 21))
    subscribe(trying, trial=True, at=seoul(2026, 10, 1))
    change_card(unpaid, "0341", at=AT)
    pass_time(seoul(2026, 9, 25), now)
    # What a subscription says is not what was paid.
    UserSubscription.objects.filter(user=monthly).update(amount=100)
    UserSubscription.objects.filter(user=unpaid).update(amount=100)
    figures = revenue.figures(now)

    assert figures.mrr == 990000 + 9900000 // 12 + 1990000
    assert figures.paying == 4
    assert figures.unpaid == 990000
    # The first payments of two people were more than 30 days ago.
    assert figures.income == 990000 + 9900000 + (990000 + shown) + 990000


def test_churn_is_counted_by_person(person, stranger):
    """Of four who paid 30 days ago one left, one left and came back, one deleted the account, one stayed."""
    from wellness.privacy import account_deletion

    gone, back = person, stranger
    deleted, stayed = UserFactory(), UserFactory()
    for one in (gone, back, deleted, stayed):
        subscribe(one)
    for one in (gone, back):
        cancellation.cancel(one, at=AT + DAY)
    account_deletion.request_deletion(deleted, at=AT + DAY)
    now = seoul(2026, 10, 3, 15)
    pass_time(AT, now)
    subscribe(back, at=now)

    assert [phase(one) for one in (gone, back, deleted, stayed)] == ["expired", "active", "expired", "active"]
    assert revenue.figures(now).churn == 50.0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"amount": "30000"}, "20,000원까지"), ({"amount": ""}, "금액과 까닭")],
    ids=["too much", "no amount"],
)
def test_what_was_typed_for_a_refused_refund_is_there_once_more(client, person, wrong, said):
    subscribe(person, "premium_yearly")
    staff(client, "support")
    page = f"/admin/billing/paymenttransaction/{PaymentTransaction.objects.get().pk}"
    sent = {"amount": "100", "reason": "error", "ends_plan": "on", "why": "두 번 눌렀대요"} | wrong

    refused = client.post(f"{page}/refund/", sent, follow=True).content.decode()
    again = client.get(f"{page}/change/").content.decode()

    assert said in refused
    kept = [f'value="{wrong["amount"]}"', 'value="error" selected', 'value="두 번 눌렀대요"', "checked"]
    assert all(text in refused for text in kept if text != 'value=""')
    assert "두 번 눌렀대요" not in again
