"""Quiet hours, switches, daily limit, bundles, and when advertising may be sent."""

import datetime as dt

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import consents
from accounts.days import Calendar
from notifications import delivery_policy, fan_out, message_links, outbox, preferences, unsubscribe_links
from notifications.delivery_policy import DeliveryFacts, Discard, InboxOnly, Postpone, SendNow
from notifications.models import Notification, NotificationDelivery
from notifications.preferences import Preferences
from tests.factories.rest import NotificationFactory
from tests.notifications.conftest import NOON

HOUR = dt.timedelta(hours=1)
SEOUL, LONDON, LOS_ANGELES = (Calendar(zone=zone) for zone in ("Asia/Seoul", "Europe/London", "America/Los_Angeles"))
QUIET = Preferences(quiet_from=dt.time(22), quiet_until=dt.time(7))


def seoul(hour, minute=0):
    return dt.datetime(2026, 11, 18, hour, minute, tzinfo=dt.UTC) - 9 * HOUR


def decide(**kwargs):
    values = {"now": NOON, "preferences": Preferences(), "calendar": SEOUL, "notification_type": "system"}
    return delivery_policy.decide(DeliveryFacts(**(values | kwargs)))


@pytest.mark.parametrize(("hour", "opens"), [(22, 31), (23, 31), (0, 7), (6, 7)])
def test_notifications_in_quiet_hours_wait_for_their_end(hour, opens):
    assert decide(now=seoul(hour), preferences=QUIET) == Postpone(seoul(0) + opens * HOUR)


@pytest.mark.parametrize("hour", [7, 12, 21])
def test_outside_quiet_hours_they_are_sent_and_expire_before_quiet_hours_begin(hour):
    assert decide(now=seoul(hour), preferences=QUIET) == SendNow(until=seoul(22))


def test_a_reminder_that_would_come_too_late_after_quiet_hours_stays_in_the_inbox():
    assert decide(now=seoul(23), preferences=QUIET, expires_at=seoul(23, 30)) == InboxOnly(delivery_policy.QUIET)


def test_a_reminder_just_before_the_end_of_quiet_hours_still_comes():
    assert decide(now=seoul(6, 45), preferences=QUIET, expires_at=seoul(7, 15)) == Postpone(seoul(7))


def test_quiet_hours_are_on_the_persons_clock():
    assert isinstance(decide(now=seoul(23), preferences=QUIET, calendar=LONDON), SendNow)


def test_above_the_daily_limit_notifications_stay_in_the_inbox():
    assert decide(preferences=Preferences(most_per_day=3), sent_today=3) == InboxOnly(delivery_policy.DAILY_LIMIT)
    assert isinstance(decide(preferences=Preferences(most_per_day=3), sent_today=3, essential=True), SendNow)


def test_notifications_that_are_late_or_switched_off_are_discarded():
    assert decide(expires_at=NOON) == Discard(delivery_policy.LATE)
    assert decide(preferences=Preferences(system=False)) == Discard(delivery_policy.SWITCHED_OFF)
    assert decide(is_active=False) == Discard(delivery_policy.INACTIVE)


@pytest.mark.parametrize("minute", range(0, 24 * 60, 30))
def test_advertising_never_goes_out_between_nine_and_eight(minute):
    now = seoul(0) + dt.timedelta(minutes=minute)
    decision = decide(now=now, marketing=True, consented=True)

    if 8 * 60 <= minute < 21 * 60:
        assert decision == SendNow(until=seoul(21))
    else:
        assert decision == Postpone(seoul(8) if minute < 8 * 60 else seoul(32 - 24) + 24 * HOUR)


@given(
    now=st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NOON + dt.timedelta(minutes=minutes)),
    calendar=st.sampled_from([SEOUL, LONDON, LOS_ANGELES, Calendar(zone="Australia/Lord_Howe")]),
)
def test_advertising_obeys_the_stricter_of_two_clocks_and_expires_before_night(now, calendar):
    from zoneinfo import ZoneInfo

    def is_daytime(instant):
        clocks = [instant.astimezone(ZoneInfo(zone)).hour for zone in ("Asia/Seoul", calendar.zone)]
        return all(8 <= hour < 21 for hour in clocks)

    decision = decide(now=now, calendar=calendar, marketing=True, consented=True)

    assert isinstance(decision, SendNow) == is_daytime(now)
    if isinstance(decision, SendNow):
        minutes = int((decision.until - now).total_seconds() // 60)
        assert all(is_daytime(now + dt.timedelta(minutes=minute)) for minute in range(0, minutes, 7))
    else:
        assert decision.until > now


def test_with_consent_for_nights_it_may_go_at_night_but_not_in_quiet_hours():
    night = seoul(23)

    assert isinstance(decide(now=night, marketing=True, consented=True, consented_at_night=True), SendNow)
    later = decide(now=night, marketing=True, consented=True, consented_at_night=True, preferences=QUIET)
    assert isinstance(later, Postpone)


def test_without_consent_advertising_is_discarded():
    assert decide(marketing=True) == Discard(delivery_policy.NO_CONSENT)


# ── In the database ─────────────────────────────────────────────────────────


def write(person, key, **kwargs):
    values = {"template": "habit_reminder", "at": NOON, "type": "habit_reminder", "data": {"name": key}}
    return outbox.send(person, effect_key=key, **(values | kwargs))


@pytest.mark.django_db
def test_reminders_due_together_are_one_push_that_names_all(person, laptop, push, run, signed_in):
    for name in ("물 마시기", "스쿼트", "책 읽기"):
        write(person, name)

    run()

    assert len(push.taken) == 1
    content = signed_in.get(f"/notifications/deliveries/{push.taken[0].message['id']}/").json()
    assert (content["title"], content["body"]) == ("습관 3개가 기다려요", "물 마시기 · 스쿼트 · 책 읽기")
    assert person.notifications.in_inbox(NOON).count() == 3


@pytest.mark.django_db
def test_ten_achievements_are_one_push_that_names_all(person, laptop, push, run, signed_in):
    for number in range(9):
        names = [f"배지 {number}"] if number else ["첫 배지", "둘째 배지"]
        data = {"names": names, "description": "했어요."}
        write(person, f"a{number}", template="achievement", type="achievement", data=data)

    run()

    assert len(push.taken) == 1
    content = signed_in.get(f"/notifications/deliveries/{push.taken[0].message['id']}/").json()
    assert content["title"] == "새 배지 10개"
    assert content["body"].startswith("첫 배지 · 둘째 배지 · 배지 1")


@pytest.mark.django_db
def test_cheers_due_together_are_one_push_beside_the_reminders(person, laptop, push, run, signed_in):
    write(person, "물 마시기")
    for name in ("민서", "도현"):
        data = {"name": name, "habit": "기지개", "sign": "햇살"}
        write(person, f"cheer {name}", template="cheer", type="cheer", data=data)

    run()

    contents = [signed_in.get(f"/notifications/deliveries/{one.message['id']}/").json() for one in push.taken]
    assert sorted(one["title"] for one in contents) == ["물 마시기", "응원 2개가 왔어요"]
    assert "민서 (기지개) · 도현 (기지개)" in [one["body"] for one in contents]


@pytest.mark.django_db
def test_pressing_a_bundle_reads_all_that_was_in_it(person, laptop, push, run, signed_in):
    for name in ("물 마시기", "스쿼트"):
        write(person, name)
    run()

    signed_in.post(f"/notifications/deliveries/{push.taken[0].message['id']}/clicked/")

    assert not person.notifications.filter(clicked_at=None).exists()


@pytest.mark.django_db
def test_the_daily_limit_counts_a_bundle_once_and_restarts_each_day(person, laptop, push, run):
    preferences.save(person, Preferences(most_per_day=2))
    for number in range(4):
        write(person, f"a{number}", at=NOON + number * HOUR)
        run(NOON + number * HOUR)
    write(person, "tomorrow", at=NOON + 24 * HOUR)
    run(NOON + 24 * HOUR)

    assert len(push.taken) == 3
    assert outbox.counted(delivery_policy.DAILY_LIMIT) == 2


@pytest.mark.django_db
def test_a_switch_that_is_turned_off_applies_to_notifications_written_before(person, laptop, push, run):
    write(person, "물")
    preferences.save(person, Preferences(habit_reminder=False))

    run()

    assert push.taken == []
    assert not person.notifications.in_inbox(NOON).exists()


@pytest.mark.django_db
def test_without_push_it_is_only_in_the_inbox(person, laptop, push, run):
    preferences.save(person, Preferences(push=False))
    write(person, "물")

    run()

    assert push.taken == []
    assert person.notifications.in_inbox(NOON).count() == 1


def advertise(person, **kwargs):
    return NotificationFactory(
        user=person, notification_type="system", title="(광고) 새 소식", marketing=True, scheduled_for=NOON, **kwargs
    )


def consent(person, *, at=NOON - 24 * HOUR, **answers):
    consents.record(person, answers=answers, channel="settings", at=at)


@pytest.mark.django_db
def test_advertising_expires_at_the_push_service_before_nine(person, laptop, push, run):
    consent(person, marketing=True)
    advertise(person)

    run(seoul(20, 40))

    assert push.taken[0].ttl == 20 * 60


@pytest.mark.django_db
def test_a_withdrawal_between_dispatch_and_the_next_attempt_counts(person, laptop, push, run):
    consent(person, marketing=True)
    advertise(person)
    push.answers["browser"] = [503, 201]
    run()

    unsubscribe_links.stop_advertising(person, at=NOON)
    run(NOON + HOUR)

    assert (len(push.asked), len(push.taken)) == (1, 0)
    assert NotificationDelivery.objects.get().failure_reason == delivery_policy.NO_CONSENT


@pytest.mark.django_db
def test_a_retry_that_falls_into_the_night_waits_for_the_morning(person, laptop, push, run):
    consent(person, marketing=True)
    advertise(person)
    push.answers["browser"] = [(503, {"Retry-After": "1800"}), 201]

    run(seoul(20, 50))
    run(seoul(22))
    assert len(push.asked) == 1

    run(seoul(8) + 24 * HOUR)
    assert len(push.taken) == 1


@pytest.mark.django_db
def test_mailed_advertising_names_its_sender_and_the_unsubscribe_link(person, run, mailoutbox, client, settings):
    consent(person, marketing=True, night=True)
    preferences.save(person, Preferences(email=True))
    advertise(person)
    run()

    (mail,) = mailoutbox
    link = mail.extra_headers["List-Unsubscribe"].strip("<>")
    assert mail.subject.startswith("(광고)")
    assert settings.SUPPORT_EMAIL in mail.body
    assert link in mail.body

    answer = client.get(link.removeprefix(settings.SITE_URL))

    assert answer.status_code == 200
    assert not consents.granted(person, "marketing")
    assert not consents.granted(person, "night")


@pytest.mark.django_db
def test_mail_programs_opt_out_with_one_click(person):
    from django.test import Client

    consent(person, marketing=True)

    answer = Client(enforce_csrf_checks=True).post(
        message_links.unsubscribe_path(person), {"List-Unsubscribe": "One-Click"}
    )

    assert answer.status_code == 200
    assert not consents.granted(person, "marketing")


@pytest.mark.django_db
def test_a_link_that_nobody_signed_does_nothing(person, client):
    consent(person, marketing=True)

    assert client.get(f"/notifications/stop/{person.pk}:forged/").status_code == 404
    assert consents.granted(person, "marketing")


@pytest.mark.django_db
def test_opting_out_twice_is_one_withdrawal_and_can_be_taken_back(person, client):
    consent(person, marketing=True)
    path = message_links.unsubscribe_path(person)

    client.get(path)
    client.get(path)
    assert person.consents.filter(item="marketing", granted=False).count() == 1

    client.post(f"{path}undo/")
    assert consents.granted(person, "marketing")


@pytest.mark.django_db
@pytest.mark.parametrize("answered", ["never", "in the settings", "by a link, two hours ago"])
def test_a_link_agrees_to_nothing_that_it_did_not_end_just_now(person, client, time_machine, answered):
    """Anybody may hold it: mail is forwarded."""
    path = message_links.unsubscribe_path(person)
    if answered == "in the settings":
        consent(person, marketing=True)
        consents.answer(person, item="marketing", granted=False, at=timezone.now())
        client.get(path)
    elif answered != "never":
        consent(person, marketing=True)
        client.get(path)
        time_machine.move_to(timezone.now() + dt.timedelta(hours=2))
    before = person.consents.count()
    answer = client.post(f"{path}undo/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/notifications/settings/")
    assert person.consents.count() == before
    assert not consents.granted(person, "marketing")


@pytest.mark.django_db
def test_the_push_of_an_advertisement_has_an_unsubscribe_link(person, laptop, push, run, signed_in):
    consent(person, marketing=True)
    advertise(person)
    run()

    content = signed_in.get(f"/notifications/deliveries/{push.taken[0].message['id']}/").json()

    assert content["title"].startswith("(광고)")
    assert content["stop"]["url"] == message_links.unsubscribe_path(person)


@pytest.mark.django_db
def test_two_workers_at_once_bundle_and_count_one_after_the_other(person, laptop):
    """The second worker skips a person that the first has locked."""
    write(person, "물")
    fan_out.dispatch(now=NOON)

    assert fan_out.dispatch(now=NOON) == 0
    assert NotificationDelivery.objects.count() == 1


# ── Preferences ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "bad",
    [{"most_per_day": 0}, {"most_per_day": 51}, {"quiet_from": "25:00"}, {"quiet_from": "22:00"}, {"email": "maybe"}],
)
def test_invalid_values_are_rejected(bad):
    with pytest.raises(ValueError):  # noqa: PT011 -- pydantic's own
        Preferences.model_validate(bad)


@pytest.mark.django_db
def test_other_keys_in_the_same_column_are_kept(person):
    person.notification_settings = {"app_badge": "dots"}

    preferences.save(person, preferences.of(person).model_copy(update={"email": True}))

    person.refresh_from_db()
    assert person.notification_settings["app_badge"] == "dots"
    assert preferences.of(person).email


@pytest.mark.django_db
def test_one_wrong_value_does_not_cost_a_person_their_other_choices(person):
    person.notification_settings = {"email": True, "most_per_day": "a lot", "quiet_from": "22:00"}

    assert preferences.of(person) == Preferences(email=True)


@pytest.mark.django_db
def test_inactive_people_get_no_push(person, laptop, push, run):
    write(person, "물")
    person.is_active = False
    person.save(update_fields=["is_active"])

    run()

    assert push.taken == []
    assert Notification.objects.get().failure_reason == delivery_policy.INACTIVE
