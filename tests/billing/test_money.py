"""Amounts: hundredths inside, the smallest unit at a gateway's border, VAT for every won."""

import pytest
from django.db import IntegrityError, transaction

from billing import money
from billing.models import BillingConsent, SubscriptionPlan
from billing.pages import amounts
from tests.billing.scenes import AT
from tests.cases import for_each
from tests.factories.rest import PaymentTransactionFactory, UserSubscriptionFactory


def test_supply_and_vat_add_up_for_every_won_to_a_million():
    wrong = [
        won
        for won in range(1_000_001)
        if sum(money.vat(won * 100)) != won * 100 or money.vat(won * 100).vat != (won - round(won / 1.1)) * 100
    ]

    assert wrong == []


@for_each(
    [
        (990000, "KRW", 9900),
        (990, "USD", 990),
        (990000, "JPY", 9900),
        (0, "KRW", 0),
    ]
)
def test_an_amount_crosses_the_border_and_comes_back(amount, currency, units):
    assert money.to_gateway(amount, currency) == units
    assert money.from_gateway(units, currency.lower()) == amount


def test_a_part_of_a_won_is_refused_at_the_border_and_by_the_database(db):
    with pytest.raises(money.NotWhole):
        money.to_gateway(990050, "KRW")
    with pytest.raises(IntegrityError, match="subscription_plans_price_in_won"), transaction.atomic():
        SubscriptionPlan.objects.create(id="odd", name="Odd", price=990050, features=[], limits={})
    with pytest.raises(IntegrityError, match="payment_transactions_amount_in_won"), transaction.atomic():
        PaymentTransactionFactory(amount=990050)
    with pytest.raises(IntegrityError, match="user_subscriptions_amount_in_won"), transaction.atomic():
        UserSubscriptionFactory(amount=1)
    with pytest.raises(IntegrityError, match="payment_transactions_credit_in_won"), transaction.atomic():
        PaymentTransactionFactory(amount=990000, credit=50)
    PaymentTransactionFactory(amount=999, credit=1, currency="USD")


@pytest.mark.parametrize("column", ["amount", "old_amount"])
def test_a_consent_names_whole_won(db, column):
    subscription = UserSubscriptionFactory()

    def record(**changed):
        amounts = {"amount": 1200000, "old_amount": None} | changed
        BillingConsent.objects.create(
            user=subscription.user, subscription=subscription, plan=subscription.plan, item="price",
            effective_at=AT, occurred_at=AT, **amounts,
        )  # fmt: skip

    with pytest.raises(IntegrityError, match=f"billing_consents_{column}_in_won"), transaction.atomic():
        record(**{column: 990050})
    record()
    record(**{column: 990050, "currency": "USD"})


def test_a_share_is_never_more_than_the_whole_and_has_no_hundredths():
    assert money.share(990000, 11, 30, "KRW") == 363000
    assert money.share(990000, 1, 31, "KRW") == 31900
    assert money.share(999, 1, 3, "USD") == 333


def test_people_read_won_in_their_language(settings):
    from django.utils import translation

    with translation.override("ko"):
        assert (amounts.text(990000), amounts.text(-363000)) == ("9,900원", "−3,630원")
    with translation.override("en"):
        assert (amounts.text(990000), amounts.text(990, "USD")) == ("₩9,900", "$9.90")
