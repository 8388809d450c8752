"""The messages about money: each event has its own, once, in Korean and English, with the amounts of the ledger."""

import re
from pathlib import Path

import pytest

from billing import notices, pauses, plan_switches, plans, prices, renewals
from billing.models import PaymentTransaction, SubscriptionPlan
from billing.pages import amounts
from notifications.models import Notification
from tests.billing import mail_texts
from tests.billing.scenes import AT, DAY, messages, now_of, pass_time, seoul, subscribe, taken, work
from tests.billing.surfaces import arrived

EVENTS = {
    "paid": lambda s, p: notices.paid(s, p, at=AT),
    "declined": lambda s, p: notices.declined(s, p, at=AT),
    "refunded": lambda s, p: notices.refunded(s, p, at=AT),
    "trial": lambda s, _p: notices.trial_began(s, at=AT),
    "trial-ending": lambda s, _p: notices.trial_ending(s, at=AT),
    "renewing": lambda s, _p: notices.renewing(s, at=AT),
    "price": lambda s, _p: notices.price_rises(s, 1200000, at=AT),
    "price-again": lambda s, _p: notices.price_rises(s, 1200000, again=True, at=AT),
    "canceled": lambda s, _p: notices.canceled(s, at=AT),
    "undone": lambda s, _p: notices.cancel_undone(s, at=AT),
    "pausing": lambda s, _p: notices.pause_planned(s, at=AT),
    "paused": lambda s, _p: notices.pause_began(s, at=AT),
    "switching": lambda s, _p: notices.plan_changes(s, at=AT),
    "ended": lambda s, _p: notices.ended(s, "unpaid", at=AT),
}


def mails_of(subscription, payment, language):
    """Every event, told and sent in a language: the texts of its mails by their keys."""
    subscription.user.language = language
    subscription.user.save()
    Notification.objects.all().delete()
    for phase in ("active", "past_due", "grace"):
        subscription.phase = phase
        EVENTS["declined"](subscription, None if phase != "active" else payment)
    for event in EVENTS.values():
        event(subscription, payment)
    return arrived(AT)


def latest(person) -> str:
    """Title and text of the newest message, with plain spaces."""
    return " ".join(" ".join(Notification.objects.filter(user=person).latest("id").texts).split())


def test_each_event_is_mailed_whole_in_both_languages_with_the_same_amounts_and_days(person):
    subscription, facts = subscribe(person), {}
    subscription.pause_months, subscription.next_plan = 2, plans.for_sale("pro")
    subscription.retry_at = seoul(2026, 10, 4)
    for language in ("ko", "en"):
        mails = mails_of(subscription, PaymentTransaction.objects.get(), language)
        assert {key.split(":")[1] for key in mails} == set(EVENTS)
        assert [text for text in mails.values() if not mail_texts.is_whole(text, language)] == []
        facts[language] = {key: mail_texts.facts(text, language) for key, text in mails.items()}

    assert facts["en"] == facts["ko"]
    assert all(row.essential for row in Notification.objects.all())


def test_an_event_is_told_once(person):
    subscription = subscribe(person)
    for _ in range(2):
        notices.renewing(subscription, at=AT)
        notices.paid(subscription, PaymentTransaction.objects.get(), at=AT)

    assert messages(person) == ["paid", "renewing"]


def set_price(plan_id, price):
    SubscriptionPlan.objects.filter(pk=plan_id).update(price=price)
    plans.forget()


def a_lower_price(person):
    subscribe(person)
    set_price("premium", 800000)


def an_agreed_price(person):
    subscribe(person)
    set_price("premium", 1200000)
    prices.agree_now(person, 1200000, at=AT + 20 * DAY)


def a_smaller_plan(person):
    subscribe(person, "pro")
    plan_switches.switch(person, "premium", shown=0, at=AT + DAY)


def a_trial(person):
    subscribe(person, trial=True)


@pytest.mark.parametrize(
    ("happen", "shown"),
    [(a_lower_price, "8,000원"), (an_agreed_price, "12,000원"), (a_smaller_plan, "9,900원"), (a_trial, "9,900원")],
)
def test_the_message_before_a_charge_names_what_is_taken(person, happen, shown):
    happen(person)
    ends_at = now_of(person).current_period_end
    renewals.give_notice(ends_at - 3 * DAY)
    work(ends_at)

    before, paid = [" ".join(row.texts) for row in Notification.objects.filter(user=person).order_by("id")][-2:]
    assert [shown in text for text in (before, paid)] == [True, True]
    assert shown == amounts.text(taken(person)[-1])
    assert now_of(person).plan.text("name") in before


def test_who_pauses_is_not_told_that_a_pause_is_possible(person):
    subscribe(person)
    subscription = now_of(person)
    subscription.phase = "paused"
    notices.renewing(subscription, at=AT)

    told = latest(person)
    assert "그 전에 구독 화면에서 해지할 수 있어요." in told
    assert "멈출 수" not in told


def test_nobody_is_told_of_a_charge_without_the_consent_that_it_needs(person):
    subscribe(person)
    set_price("premium", 1200000)
    renewals.give_notice(AT + DAY)
    pass_time(AT + DAY, seoul(2026, 10, 4))

    # Asked when the consent can be given, and once more before it is too late.
    assert messages(person) == ["paid", "price", "price-again", "ended"]
    assert taken(person) == [990000]


def test_the_question_about_a_price_names_day_both_amounts_the_card_and_how_to_cancel(person):
    subscribe(person)
    set_price("premium", 1200000)
    renewals.give_notice(AT + DAY)

    asked = latest(person)
    wanted = [
        "2026년 10월 3일",
        "9,900원",
        "12,000원",
        "결제 수단: 데모 카드 •••• 4242",
        "같은 화면의 ‘구독 해지’에서 언제든 해지할 수 있어요",
    ]
    assert [words for words in wanted if words not in asked] == []


def test_a_switch_to_a_smaller_plan_is_announced_and_begins_at_the_end(person):
    subscribe(person, "pro")
    switch = plan_switches.switch(person, "premium", shown=0, at=AT + DAY)

    assert (switch.is_now, switch.charge, messages(person)) == (False, 0, ["paid", "switching"])


@pytest.mark.parametrize(("plan", "month", "total"), [("premium", 12, "9,900원"), ("premium_yearly", 11, "99,000원")])
def test_the_mail_about_a_pause_names_its_end_and_what_is_taken_then(person, plan, month, total):
    subscribe(person, plan)
    subscription = pauses.schedule(person, months=2, at=AT + DAY)

    told = latest(person)
    assert (messages(person)[-1], total in told) == ("pausing", True)
    assert amounts.text(prices.of_next(subscription)[0]) == total
    assert f"{now_of(person).current_period_end.year}년 {month}월 3일에" in told


def test_the_mail_about_a_pause_promises_no_price_that_needs_a_consent(person):
    subscribe(person)
    set_price("premium", 1200000)
    pauses.schedule(person, months=2, at=AT + DAY)

    told = latest(person)
    assert "2026년 12월 3일부터 12,000원이에요. 동의하면 결제되고" in told


def test_the_mail_about_another_cycle_of_a_plan_names_it_and_what_it_takes(person):
    subscribe(person, "premium_yearly")
    plan_switches.switch(person, "premium", shown=0, at=AT + DAY)

    told = latest(person)
    assert "2027년 9월 3일에 프리미엄(매월) 요금제로 바뀌어요" in told
    assert "2027년 9월 3일에 9,900원이 결제돼요." in told


def test_no_line_of_a_message_is_empty(person):
    subscription = subscribe(person)
    subscription.pause_months, subscription.next_plan = 2, plans.for_sale("pro")
    subscription.retry_at = seoul(2026, 10, 4)
    mails_of(subscription, PaymentTransaction.objects.get(), "ko")

    assert [row.texts for row in Notification.objects.all() if "\n\n" in row.texts[1]] == []


def test_the_staffs_timeline_has_words_for_each_message():
    source = Path(notices.__file__).read_text(encoding="utf-8")
    keys = set(re.findall(r'f"([a-z-]+):\{', source))

    assert keys - {"billing"} == set(notices.ABOUT)
