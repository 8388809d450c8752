"""The pages: from the plans to a receipt and back, without JavaScript."""

import re
import subprocess
import sys

import pytest
from django.urls import reverse
from django.utils import timezone

from billing import gateways, ledger, pauses, plans, subscriptions, withdrawals
from billing.models import BillingConsent, PaymentTransaction, SubscriptionPlan
from core.audit.models import AuditLog
from habits import plan_limits
from habits.models import UserHabit
from tests import production
from tests.billing.scenes import (
    AT,
    DAY,
    HOUR,
    begin,
    change_card,
    now_of,
    pass_time,
    phase,
    seoul,
    subscribe,
    taken,
    work,
)
from tests.billing.surfaces import text
from tests.factories.habits import HabitFactory, UserHabitFactory
from tests.factories.rest import UserSubscriptionFactory


def test_a_person_subscribes_through_the_pages(signed_in, person, clock):
    plans = signed_in.get("/billing/plans/")
    assert "9,900원" in text(plans)
    assert "/billing/checkout/premium/" in plans.content.decode()

    page = signed_in.get("/billing/checkout/premium/")
    wanted = ["9,000원", "900원", "9,900원 결제하기", "2026년 10월 3일", "2026년 9월 10일"]
    assert [words for words in wanted if words not in text(page)] == []
    assert not re.search(r"<input[^>]*name=\"agreed\"[^>]*checked", page.content.decode())

    assert signed_in.post("/billing/checkout/premium/", {}).status_code == 422
    there = signed_in.post("/billing/checkout/premium/", {"agreed": "on"}, follow=True)
    assert "데모 카드" in text(there)
    outcome = signed_in.post(there.redirect_chain[-1][0], {"number": "4242 4242 4242 4242"}, follow=True)
    assert "결제를 확인하고 있어요" in text(outcome)

    work(AT)
    done = signed_in.get("/billing/progress/", headers={"HX-Request": "true"})
    assert "프리미엄" in text(done) or "Premium" in text(done)
    assert "every 2s" not in done.content.decode()
    receipt = signed_in.get(reverse("billing:receipt", args=[PaymentTransaction.objects.get().pk]))
    assert all(words in text(receipt) for words in ("9,900원", "9,000원", "900원", "W-260903-"))


def test_a_free_person_sees_what_the_plan_allows_and_what_the_next_one_adds(signed_in, person, clock):
    shown = text(signed_in.get("/billing/"))

    assert [words in shown for words in ("3개", "하루 5개", "9,900원 / 달", "제한 없음")] == [True] * 4


@pytest.mark.parametrize(("trial", "today"), [("", "9,900원"), ("1", "0원")])
def test_the_demo_card_says_what_it_pays_today_and_next(signed_in, person, clock, trial, today):
    sent = {"agreed": "on", "trial": trial}
    page = text(signed_in.post("/billing/checkout/premium/", sent, follow=True))

    assert f"오늘 결제할 금액 {today}" in page
    assert ("2026년 9월 17일" if trial else "2026년 10월 3일") in page.replace("\xa0", " ")


def test_the_success_address_alone_gives_nothing(signed_in, person, clock):
    assert signed_in.get("/billing/return/").status_code == 302
    assert signed_in.get("/billing/progress/").url == "/billing/"
    signed_in.post("/billing/checkout/premium/", {"agreed": "on"})
    signed_in.get("/billing/return/", follow=True)
    work(AT)

    assert (phase(person), taken(person)) == ("pending", [])


def test_a_second_checkout_leads_to_the_subscription(signed_in, person, clock):
    subscribe(person)
    answer = signed_in.post("/billing/checkout/pro/", {"agreed": "on"}, follow=True)

    assert "이미 구독하고 있거나" in text(answer)
    assert taken(person) == [990000]


def test_a_refused_card_is_said_on_the_demo_page(signed_in, person, clock):
    there = signed_in.post("/billing/checkout/premium/", {"agreed": "on"}, follow=True)
    answer = signed_in.post(there.redirect_chain[-1][0], {"number": "4000 0000 0000 0002"})

    assert (answer.status_code, "거절한 카드" in text(answer)) == (422, True)


def test_a_declined_payment_says_that_no_money_left(signed_in, person, clock):
    subscribe(person, card="0341")

    assert "결제되지 않았어요" in text(signed_in.get("/billing/progress/"))


def test_a_payment_that_never_reached_the_gateway_is_not_said_to_be_declined(signed_in, person, clock):
    begin(person)
    work(AT + 3 * HOUR)
    page = text(signed_in.get("/billing/progress/"))

    assert "결제 회사가 응답하지 않아 결제하지 못했어요" in page
    assert "거절" not in page


def test_who_cancels_is_kept_with_the_change(signed_in, person):
    """By the machine's clock: the signature that names the actor is of now."""
    subscribe(person, at=timezone.now())
    signed_in.post("/billing/cancel/")

    changes = AuditLog.objects.filter(table_name="user_subscriptions", record_id=now_of(person).pk)
    [change] = [row for row in changes if (row.new_values or {}).get("phase") == "canceled"]
    assert (change.user_id, now_of(person).updated_by) == (person.pk, person.pk)


@pytest.mark.parametrize("url", ["/billing/progress/", "/billing/"])
def test_opening_the_page_asks_about_an_unknown_outcome_at_once(signed_in, person, clock, url):
    subscribe(person)
    row = PaymentTransaction.objects.get()
    PaymentTransaction.objects.filter(pk=row.pk).update(status="pending", attempts=3, ask_at=AT + DAY)

    signed_in.get(url)

    assert PaymentTransaction.objects.get().ask_at == AT


def test_opening_the_billing_page_asks_about_an_unknown_refund_and_about_nobody_elses(
    signed_in, person, stranger, clock
):
    for one in (person, stranger):
        subscribe(one)
    for one in (person, stranger):
        withdrawals.withdraw(one, at=AT)
    PaymentTransaction.objects.filter(transaction_type="refund").update(attempts=1, ask_at=AT + DAY)

    signed_in.get("/billing/")

    refunds = PaymentTransaction.objects.filter(transaction_type="refund")
    assert (refunds.get(user=person).ask_at, refunds.get(user=stranger).ask_at) == (AT, AT + DAY)


def test_cancelling_takes_as_few_steps_as_subscribing(signed_in, person, clock):
    """Subscribing: plans, checkout, card.

    Cancelling: the subscription page, one button.
    """
    subscribe(person)
    page = signed_in.get("/billing/")
    assert "2026년 10월 2일까지 쓰고 끝내요" in text(page)
    answer = signed_in.post("/billing/cancel/", follow=True)

    assert "2026년 10월 2일까지 쓸 수 있어요" in text(answer)
    # Nothing is left to change, so the part of the page has no heading either.
    assert "구독 바꾸기" not in text(answer)
    assert "해지를 되돌렸어요" in text(signed_in.post("/billing/cancel/undo/", follow=True))
    assert phase(person) == "active"


def test_the_switch_shown_is_the_switch_charged(signed_in, person, clock):
    subscribe(person)
    clock.move_to(seoul(2026, 9, 22), tick=False)
    page = signed_in.get("/billing/")
    shown = re.search(r'switch/premium_yearly/.*?name="shown" value="(\d+)"', page.content.decode(), re.S)[1]
    assert "쓰지 않은 11일" in text(page)
    assert "95,370원 결제하고 바꾸기" in text(page)

    signed_in.post("/billing/switch/premium_yearly/", {"shown": shown})
    work(seoul(2026, 9, 22))

    assert taken(person) == [990000, int(shown)] == [990000, 9537000]
    assert now_of(person).current_period_end == seoul(2027, 9, 22)
    agreed = BillingConsent.objects.get(plan="premium_yearly")
    assert (agreed.item, agreed.old_amount, agreed.amount) == ("recurring", 990000, 9900000)
    assert agreed.effective_at == seoul(2027, 9, 22)


def test_a_switch_at_the_end_of_the_period_names_its_year(signed_in, person, clock):
    subscribe(person, "premium_yearly")

    assert "2027년 9월 3일에 바꾸기" in text(signed_in.get("/billing/"))


def test_a_trial_names_its_first_payment(signed_in, person, clock):
    checkout_page = text(signed_in.get("/billing/checkout/premium/?trial=1"))
    subscribe(person, trial=True)

    wanted = "오늘 결제할 금액 0원 2026년 9월 17일에 결제 프리미엄 · 매월 9,900원 부가세 900원 포함"
    assert wanted in checkout_page
    assert "첫 결제 2026년 9월 17일" in text(signed_in.get("/billing/"))
    assert "매월 · 첫 결제 2026년 9월 17일" in text(signed_in.get("/billing/plans/"))
    done = text(signed_in.get("/billing/progress/"))
    assert "무료 체험을 시작했어요" in done
    assert "첫 결제 2026년 9월 17일 9,900원" in done


def test_one_button_of_the_plans_is_filled(signed_in, person, clock):
    page = signed_in.get("/billing/plans/").content.decode()

    filled = re.findall(r'class="btn btn-wide" href="/billing/checkout/(\w+)/', page)
    assert filled == ["premium", "premium_yearly"]  # one for each period, of which one is shown


def test_an_amount_that_was_not_shown_is_not_charged(signed_in, person, clock):
    subscribe(person)
    answer = signed_in.post("/billing/switch/premium_yearly/", {"shown": "100"}, follow=True)

    assert "금액이 달라졌어요" in text(answer)
    assert not subscriptions.has_open_payment(now_of(person))


def test_a_pause_says_when_it_ends(signed_in, person, clock):
    subscribe(person)
    assert "2027년 1월 3일에 다시 시작해요" in text(signed_in.get("/billing/"))
    answer = signed_in.post("/billing/pause/", {"months": "3"}, follow=True)
    assert "2026년 10월 3일부터 3개월 멈춰요" in text(answer)
    signed_in.post("/billing/pause/undo/")

    assert now_of(person).pause_months is None
    assert "그사이에 바뀌었어요" in text(signed_in.post("/billing/pause/", {"months": "9"}, follow=True))


def test_an_unpaid_period_is_paid_from_the_page(signed_in, person, clock):
    subscribe(person)
    change_card(person, "0341", at=AT)
    pass_time(AT, seoul(2026, 10, 3))
    clock.move_to(seoul(2026, 10, 3, 18), tick=False)
    assert "2026년 10월 4일에 다시 결제해 볼게요" in text(signed_in.get("/billing/"))

    change_card(person, "4242", at=seoul(2026, 10, 3, 18))
    signed_in.post("/billing/pay/")
    work(seoul(2026, 10, 3, 18))

    assert phase(person) == "active"


@pytest.mark.parametrize("days", [2, 6])
def test_another_card_pays_what_is_unpaid_at_once(signed_in, person, clock, days):
    subscribe(person)
    change_card(person, "0341", at=AT)
    now = seoul(2026, 10, 3) + days * DAY
    pass_time(AT, now)
    clock.move_to(now, tick=False)
    assert "결제 수단을 바꾸면 새 수단으로 바로 결제해요." in text(signed_in.get("/billing/"))

    there = signed_in.post("/billing/method/", follow=True)
    paying = signed_in.post(there.redirect_chain[-1][0], {"number": "4242 4242 4242 4242"}, follow=True)
    work(now)

    assert paying.redirect_chain[-1][0] == "/billing/progress/"
    assert (phase(person), taken(person)) == ("active", [990000, 990000])


def test_withdrawing_within_seven_days_returns_everything(signed_in, person, clock):
    subscribe(person)
    clock.move_to(seoul(2026, 9, 10, 23), tick=False)
    assert "철회하고 9,900원 돌려받기" in text(signed_in.get("/billing/"))
    signed_in.post("/billing/withdraw/")
    work(seoul(2026, 9, 10, 23))

    refund = PaymentTransaction.objects.get(transaction_type="refund")
    assert (phase(person), refund.status, refund.amount) == ("expired", "completed", 990000)
    receipt = text(signed_in.get(reverse("billing:receipt", args=[refund.pk])))
    assert all(words in receipt for words in ("환불한 금액", "−9,900원", "−9,000원", "−900원"))
    assert "−9,900원" in text(signed_in.get("/billing/"))


def test_on_the_eighth_day_there_is_nothing_to_withdraw_from(signed_in, person, clock):
    subscribe(person)
    clock.move_to(seoul(2026, 9, 11, 0), tick=False)

    assert "철회" not in text(signed_in.get("/billing/")).replace("철회할 수 있어요.", "")
    signed_in.post("/billing/withdraw/")
    assert phase(person) == "active"


def test_receipts_stay_after_the_end_and_are_the_persons_own(signed_in, person, stranger, clock, client):
    subscribe(person)
    signed_in.post("/billing/cancel/")
    pass_time(AT, seoul(2026, 10, 4))
    url = reverse("billing:receipt", args=[PaymentTransaction.objects.get().pk])
    assert "9,900원" in text(signed_in.get("/billing/"))
    assert signed_in.get(url).status_code == 200

    client.force_login(stranger)
    assert client.get(url).status_code == 404


def test_progress_and_receipt_say_the_korean_day_and_time(signed_in, person, clock):
    """In UTC it is the day before."""
    begin(person, at=seoul(2026, 9, 3, hour=8))
    waiting = text(signed_in.get("/billing/progress/"))
    work(seoul(2026, 9, 3, hour=8))
    page = text(signed_in.get(reverse("billing:receipt", args=[PaymentTransaction.objects.get().pk])))

    wanted = ["2026년 9월 3일 오전 8:00", "2026년 9월 3일 – 2026년 10월 2일", "W-260903-"]
    assert [words for words in wanted if words not in page] == []
    assert "보낸 시각 오전 8:00" in waiting


def test_the_limit_met_in_the_app_leads_to_the_plans(signed_in, person):
    for _ in range(3):
        UserHabitFactory(user=person)
    form = {"frequency": "daily", "part_of_day": "anytime", "target_count": "1"}
    answer = signed_in.post(reverse("habits:add", args=[HabitFactory().pk]), form)

    assert answer.status_code == 422
    assert "/billing/plans/" in answer.content.decode()


def test_a_smaller_plan_makes_read_only_what_was_not_chosen(signed_in, person, clock):
    subscribe(person)
    habits = [UserHabitFactory(user=person, sort_order=order) for order in range(5)]
    kept = [habits[4], habits[1]]
    answer = signed_in.post("/habits/keep/", {"habit": [habit.pk for habit in kept]}, follow=True)
    assert answer.status_code == 200
    assert not UserHabit.objects.filter(is_read_only=True).exists()
    signed_in.post("/billing/cancel/")

    pass_time(AT, seoul(2026, 10, 4))

    over = set(UserHabit.objects.filter(is_read_only=True).values_list("sort_order", flat=True))
    assert over == {2, 3}
    clock.move_to(seoul(2026, 10, 4), tick=False)
    refused = signed_in.post(
        f"/today/{habits[2].pk}/check-in/", {"key": "0190f2a0-0000-7000-8000-000000000001", "count": 1}
    )
    assert habits[2].logs.count() == 0
    assert refused.status_code in (302, 409, 422)
    # Another plan opens everything again.
    subscribe(person, at=seoul(2026, 10, 4))
    assert not UserHabit.objects.filter(is_read_only=True).exists()


def test_no_more_can_be_kept_than_the_plan_allows(signed_in, person):
    habits = [UserHabitFactory(user=person) for _ in range(4)]
    answer = signed_in.post("/habits/keep/", {"habit": [habit.pk for habit in habits]})

    assert (answer.status_code, "3개까지 고를 수 있어요." in text(answer)) == (422, True)
    assert answer.text.count(" checked") == 4


def test_the_choice_of_habits_says_for_when_it_is(signed_in, person, clock):
    for _ in range(4):
        UserHabitFactory(user=person)
    plan_limits.change(person, AT)
    page = signed_in.get("/habits/keep/").text
    assert "지금 요금제에서는 습관을 3개까지 체크할 수 있어요." in page
    assert (page.count(" checked"), page.count("지금은 보기만")) == (3, 1)
    assert 'href="/billing/plans/?next=/habits/keep/&amp;limit=max_habits"' in page

    subscribe(person)
    page = signed_in.get("/habits/keep/").text
    assert "무료 요금제로 바뀌면 습관을 3개까지 체크할 수 있어요." in page
    assert (page.count("지금은 보기만"), "limit=max_habits" in page) == (0, False)


def test_archiving_a_habit_makes_room_for_the_next(person):
    from habits import archiving

    habits = [UserHabitFactory(user=person, sort_order=order) for order in range(4)]
    plan_limits.apply(person, AT)
    assert UserHabit.objects.get(pk=habits[3].pk).is_read_only
    archiving.change_status(person, habits[0].pk, status="archived", at=AT)

    assert not UserHabit.objects.filter(is_read_only=True).exists()


def test_the_seller_and_the_terms_are_public(client, settings, db):
    settings.SELLER = dict.fromkeys(settings.SELLER, "웰니스 주식회사") | {"business_number": "123-45-67890"}

    for url in ("/billing/seller/", "/", "/billing/plans/"):
        page = client.get(url).content.decode()
        assert "웰니스 주식회사" in page, url
        if url != "/billing/plans/":
            assert "https://www.ftc.go.kr/bizCommPop.do?wrkr_no=1234567890" in page, url
    assert "예시" not in text(client.get("/billing/seller/"))


def test_the_sample_of_development_is_said_to_be_one(client, db):
    assert "아래는 예시예요" in text(client.get("/billing/seller/"))
    assert "ftc.go.kr" not in client.get("/").content.decode()


def test_without_a_seller_no_page_shows_an_empty_line_of_one(client, settings, db):
    settings.SELLER = dict.fromkeys(settings.SELLER, "")

    assert "사업자등록번호" not in text(client.get("/billing/seller/"))
    assert "통신판매업 신고번호" not in text(client.get("/"))


def test_plans_can_be_compared_by_what_they_allow(signed_in, person, clock):
    SubscriptionPlan.objects.filter(pk="basic").update(limits={"max_habits": 4, "ai_messages_per_day": 7})
    SubscriptionPlan.objects.filter(pk="pro").update(features=["상세 분석", "문의 우선 답변"])
    plans.forget()

    page = text(signed_in.get("/billing/plans/"))

    for words in (
        "습관 4개",
        "코치 메시지 하루 7개",
        "사진 100MB",
        "사진 50GB",
        "지난 90일",
        "지난 한 해",
        "문의 우선 답변",
    ):
        assert words in page, words
    assert "상세 분석" not in page
    assert ("9,900원 / 달" in page, "99,000원 / 해" in page) == (True, True)
    assert "모든 가격에는 부가세가 들어 있어요." in page


def test_a_feature_of_staff_is_shown_beside_the_numbers(client, clock, db):
    SubscriptionPlan.objects.filter(pk="pro").update(features=["프리미엄의 모든 것", "전화 상담"], translations={})
    plans.forget()

    page = text(client.get("/billing/plans/"))

    assert ("전화 상담" in page, "프리미엄의 모든 것" in page) == (True, False)


def test_the_cycle_chosen_at_the_checkout_is_the_one_paid(signed_in, person, clock):
    page = signed_in.get("/billing/checkout/premium/")
    for words in ("9,900원 결제하기", "99,000원 결제하기", "19,800원 절약", "2027년 9월 3일"):
        assert words in text(page), words

    there = signed_in.post("/billing/checkout/premium/", {"agreed": "on", "cycle": "yearly"}, follow=True)
    signed_in.post(there.redirect_chain[-1][0], {"number": "4242 4242 4242 4242"}, follow=True)
    work(AT)

    assert (now_of(person).plan_id, taken(person)) == ("premium_yearly", [9900000])


def test_the_choice_stays_when_the_consent_was_forgotten(signed_in, person, clock):
    page = signed_in.post("/billing/checkout/premium/", {"cycle": "yearly"})

    assert page.status_code == 422
    assert re.search(r'value="yearly"[^>]* checked', page.content.decode())


def test_the_checkout_says_that_the_demo_takes_no_money(signed_in, person, settings, clock):
    assert "데모 결제예요" in text(signed_in.get("/billing/checkout/premium/"))
    settings.PORTONE_API_SECRET, settings.PORTONE_STORE_ID, settings.PORTONE_CHANNEL_KEY = "secret", "store", "channel"

    assert "데모" not in text(signed_in.get("/billing/checkout/premium/"))


def test_pages_are_in_english_too(signed_in, person, clock):
    person.language = "en"
    person.save()
    subscribe(person)

    for url in ("/billing/", "/billing/plans/", "/habits/keep/"):
        body = text(signed_in.get(url))
        assert not re.search(r"[가-힣]", body.replace("지우", "")), url


def test_a_web_process_does_not_import_the_gateways_libraries():
    code = (
        "import django, sys; django.setup(); import billing.views, billing.gateways;"
        "print(sorted({'stripe', 'portone_server_sdk', 'httpx'} & set(sys.modules)))"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "wellness.settings"}
    import os

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    )
    assert done.stdout.strip() == "[]"


def test_a_card_that_was_replaced_is_deleted_at_the_gateway(person):
    from billing import payment_methods

    subscription = subscribe(person)
    former = subscription.method.token
    change_card(person, "1111", at=AT + DAY)
    assert payment_methods.delete_removed(lambda: AT + DAY) == 1

    order = ledger.order_of(PaymentTransaction.objects.get())._replace(key="another", token=former)
    assert gateways.named("demo").charge(order).state == "failed"


def test_a_checkout_needs_a_gateway(signed_in, person, settings):
    settings.DEVELOPMENT = False
    answer = signed_in.post("/billing/checkout/premium/", {"agreed": "on"}, follow=True)

    assert "지금은 결제를 시작할 수 없어요" in text(answer)
    assert signed_in.get("/billing/demo/x/").status_code == 404
    assert UserSubscriptionFactory._meta.model.objects.count() == 0


def test_only_the_page_that_runs_portones_script_may_load_it(signed_in, person, settings, clock):
    settings.PORTONE_API_SECRET, settings.PORTONE_STORE_ID, settings.PORTONE_CHANNEL_KEY = "secret", "store", "channel"
    there = signed_in.post("/billing/checkout/premium/", {"agreed": "on"}, follow=True)

    assert "portone.io" in there["Content-Security-Policy"]
    assert "browser-sdk.js" in there.content.decode()
    assert "secret" not in there.content.decode()
    assert "portone.io" not in signed_in.get("/billing/plans/")["Content-Security-Policy"]


@pytest.mark.parametrize(("secret", "starts"), [({"PORTONE_API_SECRET": "secret"}, False), ({}, True)])
def test_production_sells_nothing_without_saying_who_sells(tmp_path, secret, starts):
    environment = production.environment(tmp_path) | {"SELLER_PHONE": " "} | secret
    command = [sys.executable, "-W", "ignore", "-c", "import wellness.settings"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    assert (done.returncode == 0, "Set SELLER_PHONE: a payment gateway" in done.stderr) == (starts, not starts)


def test_resuming_at_a_price_that_rose_meanwhile_asks_for_consent(signed_in, person, clock):
    subscribe(person)
    pauses.schedule(person, months=3, at=AT)
    pass_time(AT, seoul(2026, 10, 4))
    SubscriptionPlan.objects.filter(pk="premium").update(price=1200000, price_changed_at=AT)
    plans.forget()
    now = seoul(2026, 10, 20)
    clock.move_to(now, tick=False)
    page = text(signed_in.get("/billing/"))
    assert "9,900원에서 12,000원으로 올랐어요" in page
    assert "12,000원에 동의하고 다시 시작하기" in page

    for sent in ({}, {"amount": "990000"}):
        assert "오른 가격을 확인하고 동의해 주세요" in text(signed_in.post("/billing/resume/", sent, follow=True))
    assert (phase(person), taken(person)) == ("paused", [990000])

    signed_in.post("/billing/resume/", {"amount": "1200000"})
    work(now)
    consent = BillingConsent.objects.get(user=person, item="price")
    assert (consent.old_amount, consent.amount, consent.effective_at) == (990000, 1200000, now)
    assert (phase(person), taken(person)) == ("active", [990000, 1200000])


def test_resuming_at_the_same_price_asks_for_nothing(signed_in, person, clock):
    subscribe(person)
    pauses.schedule(person, months=1, at=AT)
    pass_time(AT, seoul(2026, 10, 4))
    clock.move_to(seoul(2026, 10, 4), tick=False)
    assert "9,900원 결제하고 다시 시작하기" in text(signed_in.get("/billing/"))
    signed_in.post("/billing/resume/", {"amount": "990000"})
    work(seoul(2026, 10, 4))

    assert (phase(person), taken(person)) == ("active", [990000, 990000])
    assert not BillingConsent.objects.filter(item="price").exists()
