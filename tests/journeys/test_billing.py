"""A person subscribes with the built-in demo gateway, reads the receipt, cancels and takes it back."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing import charges, subscriptions
from billing.models import PaymentTransaction
from tests.factories.accounts import UserFactory
from tests.factories.rest import EmailAddressFactory
from tests.journeys.conftest import PASSWORD, serious


@pytest.fixture
def subscriber(site, settings, tmp_path):
    settings.DEMO_GATEWAY = tmp_path / "ledger.sqlite"
    person = UserFactory(password=PASSWORD)
    EmailAddressFactory(user=person)
    site.sign_in(person)
    return person


def subscribe(site, look) -> None:
    """From the plans to the receipt; `look` is called on each page, with its name."""
    page = site.page
    site.open("/billing/plans/")
    look("plans")
    page.get_by_role("link", name=re.compile("^시작하기.*프리미엄")).click()
    look("checkout")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="9,900원 결제하기").click()
    look("card")
    page.get_by_role("button", name="이 카드로 계속").click()
    expect(page.get_by_role("heading", name="결제를 확인하고 있어요")).to_be_visible()
    look("waiting")
    # What the worker does within a minute.
    charges.run(timezone.now)
    expect(page.get_by_role("heading", name="프리미엄 요금제를 쓰고 있어요")).to_be_visible()
    look("done")
    page.get_by_role("link", name="영수증 보기").click()
    expect(page.get_by_role("article")).to_contain_text("9,900원")
    look("receipt")
    page.emulate_media(media="print")
    expect(page.get_by_role("article")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
    page.emulate_media(media="screen")


def test_a_person_subscribes_reads_the_receipt_cancels_and_takes_it_back(site, subscriber):
    page, found = site.page, {}
    subscribe(site, lambda name: found.update({name: serious(page)}))

    page.get_by_role("link", name="내 구독").click()
    found["subscription"] = serious(page)
    # Two taps, as the plans page says.
    page.get_by_text("구독 해지", exact=True).click()
    page.get_by_role("button", name="해지하기").click()
    expect(page.get_by_role("button", name="해지 되돌리기")).to_be_visible()
    assert subscriptions.current(subscriber).phase == "canceled"
    page.get_by_role("button", name="해지 되돌리기").click()
    expect(page.get_by_role("heading", name=re.compile("철회할 수 있어요"))).to_be_visible()

    assert subscriptions.current(subscriber).phase == "active"
    assert PaymentTransaction.objects.values_list("status", "amount").get() == ("completed", 990000)
    assert [(name, faults) for name, faults in found.items() if faults] == []


@pytest.mark.parametrize("number", ["4242 4242 4242 0002", "4242 4242 4242 0341"])
def test_a_refused_card_takes_no_money_and_says_so(site, subscriber, number):
    page = site.page
    site.open("/billing/checkout/premium/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="9,900원 결제하기").click()
    page.get_by_label("카드 번호").fill(number)
    page.get_by_role("button", name="이 카드로 계속").click()
    if number.endswith("0341"):
        charges.run(timezone.now)
        expect(page.get_by_role("heading", name="결제되지 않았어요")).to_be_visible()
    else:
        expect(page.get_by_text("카드사가 거절한 카드예요")).to_be_visible()
        site.said.clear()

    assert serious(page) == []
    assert not PaymentTransaction.objects.filter(status="completed").exists()


def test_a_consent_that_was_forgotten_comes_into_sight(site, subscriber):
    page = site.page
    page.set_viewport_size({"width": 360, "height": 640})
    site.open("/billing/checkout/premium/")
    page.get_by_role("button", name="9,900원 결제하기").click()

    expect(page.get_by_text("확인하고 표시해 주세요.")).to_be_in_viewport()
    expect(page.get_by_role("checkbox")).to_be_focused()
    site.said.clear()
