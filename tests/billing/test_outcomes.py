"""What a person finds after each step: no page leads nowhere or says what is over."""

import pytest
from django.urls import reverse

from billing import cancellation, charges, pauses, plan_switches, plans, renewals, withdrawals
from billing.models import PaymentTransaction, SubscriptionPlan
from tests.billing.scenes import (
    AT,
    DAY,
    HOUR,
    begin,
    change_card,
    messages,
    now_of,
    pass_time,
    phase,
    seoul,
    subscribe,
    taken,
    work,
)
from tests.billing.surfaces import text


def agree(client, plan="premium", **more) -> str:
    """Agrees at the checkout; the address of the demo's card page."""
    return client.post(f"/billing/checkout/{plan}/", {"agreed": "on", **more}, follow=True).redirect_chain[-1][0]


def links(response) -> str:
    return response.content.decode()


def test_a_checkout_that_was_left_can_be_begun_again(signed_in, person, clock):
    agree(signed_in)
    page = signed_in.get("/billing/plans/")

    assert "/billing/checkout/premium/" in links(page)
    assert "다음 결제" not in text(page)
    assert 'href="/billing/checkout/premium/"' in links(signed_in.get("/billing/"))


def test_a_checkout_of_a_trial_that_was_left_goes_on_as_one(signed_in, person, clock):
    agree(signed_in, trial="1")

    assert 'href="/billing/checkout/premium/?trial=1"' in links(signed_in.get("/billing/"))


def test_while_the_first_payment_is_confirmed_the_plans_lead_to_it(signed_in, person, clock):
    begin(person)
    page = signed_in.get("/billing/plans/")

    assert "/billing/checkout/" not in links(page)
    assert "/billing/progress/" in links(page)
    assert "결제를 확인하고 있어요" in text(signed_in.get("/billing/"))


def test_a_declined_first_payment_leads_back_to_its_checkout(signed_in, person, clock):
    subscribe(person, "pro_yearly", card="0341")

    assert 'href="/billing/checkout/pro_yearly/"' in links(signed_in.get("/billing/progress/"))


def test_a_declined_switch_leads_to_the_subscription(signed_in, person, clock):
    subscribe(person)
    change_card(person, "0341", at=AT)
    charge = plan_switches.preview(now_of(person), plans.for_sale("pro"), at=AT).charge
    answer = signed_in.post("/billing/switch/pro/", {"shown": charge})
    assert answer.url == "/billing/progress/"
    work(AT)
    page = signed_in.get("/billing/progress/")

    assert "결제되지 않았어요" in text(page)
    assert "내 구독 보기" in text(page)
    assert "/billing/plans/" not in links(page).partition("<main")[2]


def test_a_switch_that_costs_nothing_today_stays_on_the_subscription(signed_in, person, clock):
    subscribe(person, "pro_yearly")

    assert signed_in.post("/billing/switch/premium/", {"shown": "0"}).url == "/billing/"


@pytest.mark.parametrize("act", [cancellation.cancel, withdrawals.withdraw])
def test_the_outcome_does_not_speak_of_a_plan_that_does_not_go_on(signed_in, person, clock, act):
    subscribe(person)
    assert "쓰고 있어요" in text(signed_in.get("/billing/progress/"))
    act(person, at=AT)

    assert signed_in.get("/billing/progress/").url == "/billing/"


def test_the_outcome_does_not_speak_of_a_pause_as_a_plan(signed_in, person, clock):
    subscribe(person)
    pauses.schedule(person, months=1, at=AT)
    pass_time(AT, seoul(2026, 10, 4))
    assert phase(person) == "paused"

    assert signed_in.get("/billing/progress/").url == "/billing/"


def test_another_card_leads_back_to_the_subscription(signed_in, person, clock):
    subscribe(person)
    there = signed_in.post("/billing/method/", follow=True)
    assert 'href="/billing/">나중에' in links(there)
    answer = signed_in.post(there.redirect_chain[-1][0], {"number": "4242 4242 4242 1111"}, follow=True)

    assert answer.redirect_chain[-1][0] == "/billing/"
    assert "결제 수단을 바꿨어요" in text(answer)
    assert "•••• 1111" in text(answer)


def test_leaving_the_card_of_a_checkout_leads_to_the_plans(signed_in, person, clock):
    assert 'href="/billing/plans/">나중에' in links(signed_in.get(agree(signed_in)))


def test_money_is_said_to_go_back_to_the_card_that_paid(signed_in, person, clock):
    subscribe(person)
    change_card(person, "1111", at=AT + DAY)
    page = text(signed_in.get("/billing/"))
    assert "환불받을 곳 데모 카드 •••• 4242" in page
    withdrawals.withdraw(person, at=AT + DAY)
    assert "9,900원을 돌려드리고 있어요" in text(signed_in.get("/billing/"))
    charges.run(lambda: AT + DAY)

    refund = PaymentTransaction.objects.get(transaction_type="refund")
    assert "•••• 4242" in text(signed_in.get(reverse("billing:receipt", args=[refund.pk])))
    assert "돌려드리고 있어요" not in text(signed_in.get("/billing/"))


def test_nothing_is_offered_that_a_charge_under_way_would_refuse(signed_in, person, clock):
    subscribe(person)
    charge = plan_switches.preview(now_of(person), plans.for_sale("pro"), at=AT).charge
    plan_switches.switch(person, "pro", shown=charge, at=AT)
    page = links(signed_in.get("/billing/"))

    assert [form for form in ("switch", "withdraw", "pause") if f'action="/billing/{form}/' in page] == []
    assert "/billing/cancel/" in page


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda person: cancellation.cancel(person, at=AT), "해지를 되돌리면 바꿀 수 있어요"),
        (lambda person: pauses.schedule(person, months=1, at=AT), "부터 멈춰요"),
    ],
)
def test_the_plans_say_what_comes_before_a_change(signed_in, person, clock, make, said):
    subscribe(person)
    make(person)

    assert said in text(signed_in.get("/billing/plans/"))
    assert taken(person) == [990000]


def test_a_planned_pause_says_when_it_ends_and_what_that_costs(signed_in, person, clock):
    subscribe(person)
    pauses.schedule(person, months=2, at=AT)

    assert "2026년 12월 3일에 9,900원이 결제되고 다시 시작해요" in text(signed_in.get("/billing/"))


def test_a_rise_is_told_before_it_is_asked_for(signed_in, person, clock):
    subscribe(person)
    SubscriptionPlan.objects.filter(pk="premium").update(price=1200000, price_changed_at=AT + 10 * DAY)
    plans.forget()
    # Renewed at the old price: the rise came less than 30 days before.
    pass_time(AT, seoul(2026, 10, 3, 15))
    assert taken(person) == [990000, 990000]
    clock.move_to(seoul(2026, 10, 3, 15), tick=False)
    early = signed_in.get("/billing/")
    clock.move_to(seoul(2026, 10, 5), tick=False)
    asked = signed_in.get("/billing/")

    assert "동의하면 12,000원" in text(early)
    assert "2026년 10월 4일부터 동의할 수 있고" in text(early)
    assert ('action="/billing/price/"' in links(early), 'action="/billing/price/"' in links(asked)) == (False, True)
    assert "지금 가격 9,900원 2026년 11월 3일부터 12,000원 결제 수단 데모 카드 •••• 4242" in text(asked)
    assert "오르는 가격에 동의했어요" not in text(asked)
    signed_in.post("/billing/price/", {"amount": "1200000"})
    agreed = text(signed_in.get("/billing/"))
    assert ("가격이 올라요" in agreed, "9,900원에서 12,000원으로 오르는 가격에 동의했어요." in agreed) == (False, True)


@pytest.mark.parametrize(
    "act", [lambda person: cancellation.cancel(person, at=AT), lambda person: pauses.schedule(person, months=1, at=AT)]
)
def test_who_is_not_charged_next_is_not_asked_for_more(signed_in, person, clock, act):
    subscribe(person)
    act(person)
    SubscriptionPlan.objects.filter(pk="premium").update(price=1200000)
    plans.forget()
    clock.move_to(AT + DAY, tick=False)
    renewals.give_notice(AT + DAY)

    assert "가격이 올라요" not in text(signed_in.get("/billing/"))
    assert "price" not in messages(person)


def test_a_payment_that_the_bank_does_not_decide_stays_under_way(signed_in, person, clock):
    subscribe(person, card="0119")
    work(AT + HOUR)

    assert "결제를 확인하고 있어요" in text(signed_in.get("/billing/progress/"))
    assert (phase(person), taken(person)) == ("pending", [])
