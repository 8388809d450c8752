"""The clock for money: the command prints one person's dated table and leaves nothing behind."""

import re

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from billing.models import BillingAlert, PaymentTransaction, SubscriptionPlan, UserSubscription
from devtools.management.commands.billing_year import DAY, START
from tests.factories.rest import PaymentTransactionFactory, UserSubscriptionFactory


@pytest.mark.slow
def test_five_months_are_printed_with_consents_mails_charges_and_states(db, capsys):
    price = SubscriptionPlan.objects.get(pk="premium").price
    call_command("billing_year", months=5)
    *lines, total = capsys.readouterr().out.splitlines()

    dates = [line[:16] for line in lines]
    assert all(re.fullmatch(r"2026-\d\d-\d\d \d\d:\d\d", date) for date in dates)
    assert dates == sorted(dates)
    assert {re.split(r"\s{2,}", line)[1] for line in lines} == {"동의", "결제", "메일", "상태"}
    # A trial from 31 January, and a card that is declined in May and replaced.
    charges = [line for line in lines if "  결제  " in line]
    assert [(line[:10], "끝남" in line) for line in charges[:4]] == [
        ("2026-02-14", True),
        ("2026-03-14", True),
        ("2026-04-14", True),
        ("2026-05-14", False),
    ]
    mails = [(line[:10], re.split(r"\s{2,}", line)[2]) for line in lines if "  메일  " in line]
    assert mails[:3] == [
        ("2026-01-31", "프리미엄 무료 체험을 시작했어요"),
        ("2026-02-11", "프리미엄 무료 체험이 곧 끝나요"),
        ("2026-02-14", "프리미엄 요금제를 결제했어요"),
    ]
    taken = sum("끝남" in line for line in charges)
    assert total == f"ledger {taken * 9900:,}원 − 0원 · gateway {taken * 9900:,}원 in {taken} payments"
    assert not any(model.objects.exists() for model in (User, UserSubscription, PaymentTransaction, BillingAlert))
    assert SubscriptionPlan.objects.get(pk="premium").price == price


def test_payments_of_other_people_are_not_asked_about(db, caplog):
    row = PaymentTransactionFactory(
        subscription=UserSubscriptionFactory(), status="pending", payment_gateway="demo", idempotency_key="theirs",
        created_at=START - 2 * DAY, ask_at=START,
    )  # fmt: skip
    call_command("billing_year", months=0)

    assert "theirs" not in caplog.text
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("pending", 0)


def test_the_command_runs_in_development_only(db, settings):
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError):
        call_command("billing_year")
