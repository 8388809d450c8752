"""The life of a subscription with the demo gateway: trial, renewals, retries, cancel, pause."""

import pytest
from django.db import IntegrityError, transaction

from billing import (
    cancellation,
    checkout,
    entitlements,
    extensions,
    pauses,
    periods,
    plan_switches,
    plans,
    prices,
    renewals,
    subscriptions,
)
from billing.lifecycle import IllegalTransition
from billing.models import BillingConsent, SubscriptionPlan
from core.audit.models import AuditLog
from tests.billing import anchor_years
from tests.billing.scenes import (
    AT,
    DAY,
    HOUR,
    MINUTE,
    begin,
    change_card,
    gateway_payments,
    messages,
    now_of,
    pass_time,
    payments,
    phase,
    seoul,
    subscribe,
    taken,
    work,
)
from tests.factories.accounts import UserFactory
from tests.factories.rest import UserSubscriptionFactory
from tests.statements import recorded


def test_subscribing_opens_the_plan_and_charges_once(person):
    subscription = subscribe(person)

    assert (subscription.phase, subscription.status, subscription.amount) == ("active", "active", 990000)
    assert subscription.current_period_end == seoul(2026, 10, 3)
    assert [payment.amount for payment in gateway_payments()] == taken(person) == [990000]
    assert entitlements.current_plan_id(person, at=AT) == "premium"
    assert entitlements.limit(person, "max_habits", at=AT).most is None
    assert messages(person) == ["paid"]


def test_all_who_are_due_are_found_by_one_search(db):
    """Those whose charge is under way stay due: a search for each person would pass all of them again."""
    people = [UserFactory(), UserFactory(), UserFactory()]
    for person in people:
        subscribe(person)

    with recorded() as statements:
        moved = renewals.run(lambda: seoul(2026, 10, 3))

    assert moved == 3
    # The second finds nobody.
    assert sum(f"LIMIT {renewals.BATCH}" in statement for statement in statements) == 2


def test_a_plan_is_not_open_before_the_gateway_has_answered(person):
    begin(person)

    assert phase(person) == "pending"
    assert entitlements.current_plan_id(person, at=AT) == "basic"


def test_a_second_checkout_is_refused_while_one_is_paid_or_being_paid(person):
    begin(person)
    with pytest.raises(checkout.AlreadySubscribed):
        checkout.begin(person, "pro", trial=False, at=AT)
    work(AT)
    with pytest.raises(checkout.AlreadySubscribed):
        checkout.begin(person, "pro", trial=False, at=AT)

    assert taken(person) == [990000]


def test_a_checkout_that_was_left_gives_way_to_another(person):
    checkout.begin(person, "premium", trial=False, at=AT)
    subscribe(person, "pro", at=AT + MINUTE)

    assert (phase(person), taken(person)) == ("active", [1990000])


def test_a_left_checkout_is_over_after_a_day(person):
    checkout.begin(person, "premium", trial=False, at=AT)

    assert (renewals.drop_abandoned(AT + HOUR), renewals.drop_abandoned(AT + DAY)) == (0, 1)
    assert phase(person) == "expired"


def test_coming_back_twice_charges_once(person):
    begin(person)
    with pytest.raises(subscriptions.NoSubscription):
        checkout.confirm(person, at=AT)
    work(AT)

    assert taken(person) == [990000]


def test_a_declined_first_payment_leaves_the_free_plan(person):
    subscription = subscribe(person, card="0341")

    assert subscription.phase == "expired"
    assert (entitlements.current_plan_id(person, at=AT), messages(person)) == ("basic", ["declined"])
    subscribe(person, at=AT + HOUR)
    assert phase(person) == "active"


def test_the_free_and_unknown_plans_are_not_for_sale(person):
    SubscriptionPlan.objects.filter(pk="pro").update(is_active=False)
    plans.forget()

    for plan_id in ("basic", "nothing", "pro"):
        with pytest.raises(plans.NotForSale):
            checkout.begin(person, plan_id, trial=False, at=AT)


def test_the_database_holds_one_current_subscription(person):
    UserSubscriptionFactory(user=person)
    with pytest.raises(IntegrityError, match="user_subscriptions_one_current"), transaction.atomic():
        UserSubscriptionFactory(user=person, status="canceled", phase="canceled")
    with pytest.raises(IntegrityError, match="user_subscriptions_phase"), transaction.atomic():
        UserSubscriptionFactory(user=person, status="expired", phase="active")
    UserSubscriptionFactory(user=person, status="expired", phase="expired")


def test_renewals_follow_the_anchor_day(person):
    subscribe(person, at=seoul(2026, 10, 31))
    pass_time(seoul(2026, 10, 31), seoul(2027, 4, 1))

    starts = [payment.period_starts_at for payment in payments(person)]
    assert starts == [
        seoul(2026, 10, 31),
        seoul(2026, 11, 30),
        seoul(2026, 12, 31),
        seoul(2027, 1, 31),
        seoul(2027, 2, 28),
        seoul(2027, 3, 31),
    ]
    assert len(gateway_payments()) == 6


def test_a_clock_that_stood_still_for_three_days_charges_once(person):
    subscribe(person)
    late = seoul(2026, 10, 6)

    assert entitlements.current_plan_id(person, at=late) == "premium"
    work(late)
    work(late)
    assert taken(person) == [990000, 990000]
    assert now_of(person).current_period_end == seoul(2026, 11, 3)


def test_a_trial_costs_nothing_and_converts_with_the_consent_given_at_its_start(person):
    subscribe(person, trial=True)
    assert (phase(person), taken(person)) == ("trial", [])
    assert entitlements.current_plan_id(person, at=AT) == "premium"

    pass_time(AT, seoul(2026, 9, 17, 15))

    assert (phase(person), taken(person)) == ("active", [990000])
    assert messages(person) == ["trial", "trial-ending", "paid"]
    assert now_of(person).current_period_end == seoul(2026, 10, 17)


def test_a_trial_without_the_consent_is_not_charged(person):
    subscribe(person, trial=True)
    BillingConsent.objects.all().delete()
    pass_time(AT, seoul(2026, 9, 18))

    assert (phase(person), gateway_payments(), messages(person)[-1]) == ("expired", [], "ended")


def test_staff_extend_a_trial_up_to_thirty_days_after_the_consent(person):
    ends_at = subscribe(person, trial=True).current_period_end
    extensions.extend(person, days=16)
    with pytest.raises(prices.ConsentMissing):
        extensions.extend(person, days=1)
    assert now_of(person).current_period_end == ends_at + 16 * DAY

    pass_time(AT, ends_at + 17 * DAY)
    assert (phase(person), taken(person)) == ("active", [990000])


def test_a_person_has_one_trial(person):
    subscribe(person, trial=True)
    cancellation.cancel(person, at=AT + DAY)
    pass_time(AT + DAY, seoul(2026, 9, 18))

    assert phase(person) == "expired"
    with pytest.raises(checkout.TrialUsed):
        checkout.begin(person, "premium", trial=True, at=seoul(2026, 9, 19))
    assert gateway_payments() == []


def test_a_failed_renewal_is_tried_on_days_1_3_and_5_then_grace_then_free(person):
    subscribe(person)
    change_card(person, "0341", at=AT + DAY)
    due = seoul(2026, 10, 3)
    pass_time(AT + DAY, due + 8 * DAY)

    tries = [payment.created_at for payment in payments(person) if payment.status == "failed"]
    assert [(at - due).days for at in tries] == [0, 1, 3, 5]
    assert phase(person) == "expired"
    assert messages(person) == ["paid", "renewing", *["declined"] * 4, "ended"]


def test_the_plan_stays_open_through_retries_and_grace(person):
    subscribe(person)
    change_card(person, "0341", at=AT + DAY)
    due = seoul(2026, 10, 3)
    phases = {}
    for day in range(8):
        work(due + day * DAY)
        phases[day] = (phase(person), entitlements.current_plan_id(person, at=due + day * DAY))

    assert phases[4] == ("past_due", "premium")
    assert phases[6] == ("grace", "premium")
    assert phases[7] == ("expired", "basic")


def test_who_tries_to_pay_meanwhile_uses_up_no_retry(person):
    subscribe(person)
    change_card(person, "0341", at=AT + DAY)
    due = seoul(2026, 10, 3)
    work(due)
    for hour in range(1, 6):
        assert renewals.pay_now(person, at=due + hour * HOUR)
        work(due + hour * HOUR)

    assert (phase(person), now_of(person).failures, now_of(person).retry_at) == ("past_due", 1, due + DAY)
    pass_time(due + 5 * HOUR, due + 8 * DAY)
    assert now_of(person).phase == "expired"
    assert len([row for row in payments(person) if row.status == "failed"]) == 4 + 5


def test_another_card_pays_the_open_period_and_keeps_its_rhythm(person):
    subscribe(person)
    change_card(person, "0341", at=AT + DAY)
    work(seoul(2026, 10, 3))
    assert phase(person) == "past_due"

    change_card(person, "4242", at=seoul(2026, 10, 3, 20))
    assert renewals.pay_now(person, at=seoul(2026, 10, 3, 20))
    work(seoul(2026, 10, 3, 20))

    assert (phase(person), now_of(person).current_period_end) == ("active", seoul(2026, 11, 3))
    assert (now_of(person).failures, now_of(person).retry_at) == (0, None)


def test_cancelling_keeps_the_plan_to_the_end_and_charges_nothing_more(person):
    subscribe(person)
    cancellation.cancel(person, at=AT + 10 * DAY)
    cancellation.cancel(person, at=AT + 11 * DAY)
    pass_time(AT + 10 * DAY, seoul(2026, 10, 3, 13))
    assert (phase(person), entitlements.current_plan_id(person, at=seoul(2026, 10, 3, 13))) == ("canceled", "premium")

    pass_time(seoul(2026, 10, 3, 13), seoul(2026, 11, 10))

    assert (phase(person), taken(person)) == ("expired", [990000])
    assert messages(person) == ["paid", "canceled", "ended"]


def test_a_cancellation_can_be_undone_until_the_end(person):
    subscribe(person)
    cancellation.cancel(person, at=AT + DAY)
    cancellation.undo(person, at=AT + 2 * DAY)
    pass_time(AT + 2 * DAY, seoul(2026, 10, 4))

    assert (phase(person), taken(person)) == ("active", [990000, 990000])
    with pytest.raises(IllegalTransition):
        cancellation.undo(person, at=seoul(2026, 10, 4))


def test_undoing_a_cancelled_trial_goes_back_to_the_trial(person):
    subscribe(person, trial=True)
    cancellation.cancel(person, at=AT + DAY)
    cancellation.undo(person, at=AT + 2 * DAY)

    assert phase(person) == "trial"


def test_a_pause_begins_when_the_period_ends_and_comes_back_on_the_anchor(person):
    subscribe(person, at=seoul(2026, 10, 31))
    pauses.schedule(person, months=3, at=seoul(2026, 11, 2))
    pass_time(seoul(2026, 11, 2), seoul(2026, 12, 1))
    assert phase(person) == "paused"
    assert entitlements.current_plan_id(person, at=seoul(2026, 12, 1)) == "basic"

    pass_time(seoul(2026, 12, 1), seoul(2027, 3, 1))

    assert (phase(person), taken(person)) == ("active", [990000, 990000])
    assert payments(person)[-1].period_starts_at == seoul(2027, 2, 28)
    assert payments(person)[-1].period_ends_at == seoul(2027, 3, 31)
    assert messages(person) == ["paid", "pausing", "paused", "renewing", "paid"]


def test_a_pause_can_end_early_and_begins_a_new_rhythm(person):
    subscribe(person)
    pauses.schedule(person, months=2, at=AT + DAY)
    pass_time(AT + DAY, seoul(2026, 10, 10))
    assert pauses.resume(person, at=seoul(2026, 10, 10))
    assert not pauses.resume(person, at=seoul(2026, 10, 10))
    work(seoul(2026, 10, 10))

    assert (phase(person), now_of(person).current_period_end) == ("active", seoul(2026, 11, 10))
    assert taken(person) == [990000, 990000]


def test_a_resume_that_is_declined_stays_paused(person):
    subscribe(person)
    pauses.schedule(person, months=2, at=AT + DAY)
    pass_time(AT + DAY, seoul(2026, 10, 10))
    change_card(person, "0341", at=seoul(2026, 10, 10))
    pauses.resume(person, at=seoul(2026, 10, 10))
    work(seoul(2026, 10, 10))

    assert (phase(person), taken(person)) == ("paused", [990000])


@pytest.mark.parametrize("months", [0, 4])
def test_a_pause_is_of_one_to_three_months(person, months):
    subscribe(person)
    with pytest.raises(ValueError, match=str(months)):
        pauses.schedule(person, months=months, at=AT)


def test_a_higher_price_is_charged_only_with_consent(person, stranger):
    for one in (person, stranger):
        subscribe(one)
    # The rise is announced two months ahead.
    SubscriptionPlan.objects.filter(pk="premium").update(price=1200000, price_changed_at=seoul(2026, 9, 20))
    plans.forget()
    # Too soon for October's renewal: the old price.
    pass_time(AT, seoul(2026, 10, 5))
    assert taken(person) == [990000, 990000]

    # November's asks: one agrees, the other says nothing.
    assert prices.agree(subscriptions.current(person), 1200000, at=seoul(2026, 10, 20))
    pass_time(seoul(2026, 10, 5), seoul(2026, 11, 4))

    assert (phase(person), taken(person)) == ("active", [990000, 990000, 1200000])
    assert (phase(stranger), taken(stranger)) == ("expired", [990000, 990000])
    assert "price" in messages(person)
    assert messages(stranger)[-1] == "ended"


def test_a_consent_counts_only_within_the_thirty_days_before(person):
    subscription = subscribe(person, "premium_yearly")
    SubscriptionPlan.objects.filter(pk="premium_yearly").update(price=12000000)
    plans.forget()
    subscription = subscriptions.current(person)
    ends_at = subscription.current_period_end

    assert not prices.agree(subscription, 12000000, at=ends_at - 31 * DAY)
    assert not prices.agree(subscription, 11000000, at=ends_at - DAY)
    assert not prices.agree(subscription, 12000000, at=ends_at)
    assert prices.agree(subscription, 12000000, at=ends_at - 30 * DAY)


def test_a_lower_price_is_simply_charged(person):
    subscribe(person)
    SubscriptionPlan.objects.filter(pk="premium").update(price=800000)
    plans.forget()
    pass_time(AT, seoul(2026, 10, 4))

    assert taken(person) == [990000, 800000]


def test_every_transition_is_audited(person):
    subscribe(person)
    cancellation.cancel(person, at=AT + DAY)

    # Rows of one transaction have one time, and their ids no order.
    rows = AuditLog.objects.filter(table_name="user_subscriptions", record_id=now_of(person).pk)
    seen = [(row.new_values or {}).get("phase") for row in rows]
    assert sorted(value for value in seen if value) == ["active", "canceled", "pending"]


def test_a_used_part_of_a_quota_is_never_negative():
    assert entitlements.Limit(5).left(9) == 0
    assert entitlements.Limit(5).left(3) == 2
    assert entitlements.Limit(None).left(900) is None


def test_an_unlimited_number_is_minus_one(db):
    assert entitlements.limit_of("premium", "max_habits").most is None
    assert entitlements.limit_of("basic", "max_habits").most == 3
    assert entitlements.limit_of("pro", "photo_storage_mb").most == 51200
    with pytest.raises(KeyError):
        entitlements.limit_of("basic", "unknown")


def test_plans_are_read_from_the_database_once(db, django_assert_num_queries):
    plans.forget()
    # The plans, and their stamp before and after them.
    with django_assert_num_queries(3):
        plans.active()
        plans.everything()
        entitlements.limit_of("basic", "max_habits")


@pytest.mark.slow
@pytest.mark.parametrize("kind", anchor_years.KINDS)
@pytest.mark.parametrize("day", [1, 29, 30, 31])
def test_the_anchor_day_holds_through_trial_pause_and_switch(db, kind, day):
    """Over a leap year; `make faults` has every day and ten years."""
    assert anchor_years.starts(kind, day, 27) == anchor_years.expected(kind, day, 27)


@pytest.mark.slow
def test_a_yearly_plan_of_a_leap_day_comes_back_to_it(person):
    subscribe(person, "premium_yearly", at=seoul(2028, 2, 29))
    for _ in range(4):
        work(now_of(person).current_period_end)

    days = [periods.day_of(row.period_starts_at) for row in payments(person)]
    assert [(day.year, day.month, day.day) for day in days] == [
        (2028, 2, 29),
        (2029, 2, 28),
        (2030, 2, 28),
        (2031, 2, 28),
        (2032, 2, 29),
    ]


def test_a_plan_that_loses_a_limit_of_a_feature_allows_less(person):
    """The larger number of photos does not hide that the insights get shorter."""
    SubscriptionPlan.objects.filter(pk="premium").update(features=["상세 분석"])
    plans.forget()
    assert entitlements.allows_less("pro", "premium")
    assert not entitlements.allows_less("premium_yearly", "basic")
    assert entitlements.allows_less("basic", "premium_yearly")
    assert not entitlements.allows_less("premium", "premium")

    subscribe(person)
    shown = plan_switches.preview(now_of(person), plans.for_sale("pro"), at=AT + DAY)
    assert (shown.is_now, shown.charge) == (False, 0)
