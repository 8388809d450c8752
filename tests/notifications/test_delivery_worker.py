"""Claims, retries, fencing and invalid devices, against fakes of the push services."""

import datetime as dt
import itertools
import json
import threading

import pytest
from uuid6 import uuid7

from notifications import delivery_worker, devices, fan_out, inbox, outbox, preferences
from notifications.channels import email
from notifications.channels.base import Accepted, InvalidTarget, Message, UnknownDelivery
from notifications.models import Notification, NotificationDelivery, NotificationDevice
from notifications.preferences import Preferences
from tests.fakes.mail_server import MailServer
from tests.notifications.conftest import NOON

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
State = NotificationDelivery.State


def send(user, key="key", **kwargs):
    values = {"template": "habit_reminder", "at": NOON, "type": "habit_reminder", "data": {"name": "물 마시기"}}
    return outbox.send(user, effect_key=key, **(values | kwargs))


def remind(user, key="key", **kwargs):
    return send(user, key, once=True, expires_at=NOON + 30 * MINUTE, **kwargs)


def delivery():
    return NotificationDelivery.objects.get()


def test_a_push_carries_an_id_and_nothing_of_the_person(person, laptop, push, run):
    send(person)

    run()

    (taken,) = push.taken
    assert taken.message == {"id": str(delivery().pk)}
    assert delivery().state == State.SENT
    assert Notification.objects.get().delivery_status == "sent"


def test_a_reminder_expires_at_the_push_service_when_it_is_late(person, laptop, push, run):
    remind(person)

    run(NOON + 10 * MINUTE)

    assert (push.taken[0].ttl, push.taken[0].urgency) == (20 * 60, "high")


@pytest.mark.parametrize("status", [404, 410])
def test_an_invalid_device_gets_no_more_pushes(person, laptop, push, run, status):
    push.answers["browser"] = status
    send(person)

    run()

    assert (delivery().state, Notification.objects.get().failure_reason) == (State.FAILED, f"answered {status}")
    assert not NotificationDevice.objects.get().is_active


def test_a_busy_service_is_tried_again_after_its_retry_time(person, laptop, push, run):
    push.answers["browser"] = [(429, {"Retry-After": "600"}), 201]
    send(person)

    run()
    run(NOON + 9 * MINUTE)

    assert len(push.asked) == 1
    run(NOON + 11 * MINUTE)
    assert delivery().state == State.SENT


@pytest.mark.parametrize("answer", [500, 502, None])
def test_a_reminder_whose_outcome_is_unknown_is_never_sent_again(person, laptop, push, run, answer):
    push.answers["browser"] = [answer, 201]
    remind(person)

    run()
    run(NOON + 5 * MINUTE)

    assert len(push.asked) == 1
    assert delivery().failure_reason == delivery_worker.UNKNOWN
    assert outbox.counted(delivery_worker.UNKNOWN) == 1


@pytest.mark.parametrize("answer", [500, None])
def test_other_messages_with_an_unknown_outcome_are_sent_again(person, laptop, push, run, answer):
    push.answers["browser"] = [answer, 201]
    send(person)

    run()
    run(NOON + 5 * MINUTE)

    assert delivery().state == State.SENT


def test_a_reminder_that_was_certainly_not_accepted_is_retried_until_it_is_late(person, laptop, push, run):
    push.answers["browser"] = [503, 201]
    remind(person)

    run()
    run(NOON + 2 * MINUTE)

    assert len(push.taken) == 1


def test_a_reminder_is_dropped_and_counted_when_it_is_late(person, laptop, push, run):
    remind(person)

    run(NOON + 31 * MINUTE)

    assert push.asked == []
    assert outbox.counted("late") == 1
    assert not person.notifications.in_inbox(NOON + 31 * MINUTE).exists()


def test_a_delivery_that_fails_too_often_is_dead_and_staff_can_send_it_again(person, laptop, push, run):
    push.answers["browser"] = 503
    send(person)
    at = NOON
    for _attempt in range(delivery_worker.MAX_ATTEMPTS):
        run(at)
        at += 4 * delivery_worker.MAX_BACKOFF

    assert (delivery().state, delivery().due_at) == (State.DEAD, None)
    assert Notification.objects.get().delivery_status == "failed"
    push.answers["browser"] = 201
    assert delivery_worker.resend(delivery(), now=at)
    run(at)
    assert delivery().state == State.SENT
    assert Notification.objects.get().delivery_status == "sent"


def test_staff_cannot_repeat_a_reminder_that_may_have_arrived(person, laptop, push, run):
    push.answers["browser"] = 500
    remind(person)
    run()

    assert not delivery_worker.resend(delivery(), now=NOON)


def test_pauses_grow_and_differ():
    pauses = [[delivery_worker.backoff(attempt) for _try in range(50)] for attempt in range(1, 12)]

    assert all(len(set(some)) > 40 for some in pauses)
    assert all(max(earlier) <= 2 * max(later) for earlier, later in itertools.pairwise(pauses))
    assert max(map(max, pauses)) <= 1.5 * delivery_worker.MAX_BACKOFF


def test_one_device_that_fails_repeats_nothing_on_the_other(person, laptop, push, run):
    devices.register(person, platform="web", address=push.subscription("desk"), at=NOON)
    push.answers["browser"] = [503, 201]
    send(person)

    run()
    run(NOON + 5 * MINUTE)

    assert sorted(push.asked) == ["browser", "browser", "desk"]
    assert sorted(taken.name for taken in push.taken) == ["browser", "desk"]


def test_a_worker_that_lost_its_claim_changes_nothing(person, laptop, push):
    """A worker that paused for longer than its claim records its result late."""
    send(person)
    fan_out.dispatch(now=NOON)
    (old,), _looked = delivery_worker.claim(now=NOON)
    (new,), _looked = delivery_worker.claim(now=NOON + 2 * delivery_worker.CLAIM)

    late_result = delivery_worker.record(old, InvalidTarget("answered 410"), now=NOON + 3 * delivery_worker.CLAIM)
    recorded = delivery_worker.record(new, Accepted(), now=NOON + 3 * delivery_worker.CLAIM)

    assert (late_result, recorded) == (False, True)
    assert NotificationDevice.objects.get().is_active


def test_a_reminder_claimed_by_a_dead_worker_is_given_up(person, laptop, push):
    remind(person)
    fan_out.dispatch(now=NOON)
    delivery_worker.claim(now=NOON)

    claims, looked = delivery_worker.claim(now=NOON + 2 * delivery_worker.CLAIM)

    assert (claims, looked) == ([], 1)
    assert (delivery().state, delivery().failure_reason) == (State.FAILED, delivery_worker.UNKNOWN)


def test_a_claim_holds_while_it_lasts(person, laptop, push):
    send(person)
    fan_out.dispatch(now=NOON)
    delivery_worker.claim(now=NOON)

    assert delivery_worker.claim(now=NOON + delivery_worker.CLAIM - dt.timedelta(seconds=1)) == ([], 0)


def test_a_poisonous_message_is_dead_after_its_attempts(person, laptop, push):
    """Each worker that claims it dies."""
    send(person)
    fan_out.dispatch(now=NOON)
    for crash in range(delivery_worker.MAX_ATTEMPTS + 1):
        delivery_worker.claim(now=NOON + 2 * crash * delivery_worker.CLAIM)

    assert delivery().state == State.DEAD


def test_slow_responses_do_not_delay_other_deliveries(person, push, run):
    for number in range(delivery_worker.CONCURRENCY):
        devices.register(person, platform="web", address=push.subscription(f"d{number}"), at=NOON)
    # One after the other, the first would never be answered.
    push.gathering = threading.Barrier(delivery_worker.CONCURRENCY)
    send(person)

    run()

    assert len(push.taken) == delivery_worker.CONCURRENCY


def test_a_report_of_the_device_counts_before_the_answer_of_the_push_service(person, laptop, push):
    remind(person)
    fan_out.dispatch(now=NOON)
    (claimed,), _looked = delivery_worker.claim(now=NOON)

    inbox.mark_shown(person, delivery().pk, now=NOON)
    delivery_worker.record(claimed, UnknownDelivery("no answer"), now=NOON)

    assert delivery().state == State.DELIVERED
    assert Notification.objects.get().delivery_status == "delivered"
    assert outbox.counted(delivery_worker.UNKNOWN) == 0


def test_shown_read_and_clicked_are_recorded(person, laptop, push, run, signed_in):
    send(person)
    run()

    content = signed_in.get(f"/notifications/deliveries/{delivery().pk}/").json()
    signed_in.post(f"/notifications/deliveries/{delivery().pk}/shown/")
    signed_in.post(f"/notifications/deliveries/{delivery().pk}/clicked/")

    row = Notification.objects.get()
    assert (content["title"], content["url"]) == ("물 마시기", "/today/")
    assert row.delivery_status == "delivered"
    assert None not in (row.sent_at, row.delivered_at, row.read_at, row.clicked_at)


def test_nobody_else_can_read_the_text(person, stranger, laptop, push, run, client):
    send(person)
    run()
    client.force_login(stranger)

    for path in ("", "shown/", "clicked/"):
        answer = (client.post if path else client.get)(f"/notifications/deliveries/{delivery().pk}/{path}")
        assert answer.status_code == 404


# ── Our own key or password is refused ──────────────────────────────────────


@pytest.fixture
def alarms(caplog):
    """The channel and reason of each error about credentials in the log."""

    def named() -> list[tuple[str, str]]:
        said = [line.msg for line in caplog.records if line.levelname == "ERROR" and isinstance(line.msg, dict)]
        return [(line["channel"], line["reason"]) for line in said if line["event"] == delivery_worker.REFUSED]

    return named


@pytest.mark.parametrize("status", [401, 403])
def test_an_operator_sees_a_push_service_that_refuses_our_key(person, laptop, push, run, alarms, status):
    push.answers["browser"] = [status, status, 201]
    send(person)

    run()
    run(NOON + 5 * MINUTE)

    assert alarms() == [("web_push", f"answered {status}")] * 2
    assert outbox.counted("credentials refused: web_push") == 2
    assert NotificationDevice.objects.get().is_active
    # The operator sets the right key.
    run(NOON + 20 * MINUTE)
    assert delivery().state == State.SENT


@pytest.mark.parametrize("status", [401, 403])
def test_an_operator_sees_an_fcm_that_refuses_our_account(person, phone, fcm, run, alarms, status):
    """403 with SENDER_ID_MISMATCH is the answer to every token while the account is of another project."""
    fcm.answers["phone-token"] = [status]
    send(person)

    run()

    assert alarms() == [("fcm", {401: "answered 401", 403: "SENDER_ID_MISMATCH"}[status])]
    assert outbox.counted("credentials refused: fcm") == 1
    assert NotificationDevice.objects.get().is_active
    run(NOON + 5 * MINUTE)
    assert delivery().state == State.SENT


def test_an_operator_sees_an_account_that_gets_no_access_token(person, phone, fcm, run, alarms):
    fcm.refuses_account = True
    send(person)

    run()

    assert alarms() == [("fcm", "no access token")]
    assert outbox.counted("credentials refused: fcm") == 1


def test_an_operator_sees_a_mail_server_that_refuses_our_password(person, run, alarms, settings):
    preferences.save(person, Preferences(email=True))
    send(person)

    with MailServer() as server:
        smtp = "django.core.mail.backends.smtp.EmailBackend"
        settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": server.options}}
        run()

    assert alarms() == [("email", "answered 535")]
    assert outbox.counted("credentials refused: email") == 1
    assert delivery().state == State.PENDING


def test_a_delivery_refused_for_too_long_is_dead_and_can_be_sent_again(person, laptop, push, run, alarms):
    push.answers["browser"] = 403
    send(person)
    for attempt in range(delivery_worker.MAX_ATTEMPTS):
        run(NOON + attempt * 4 * delivery_worker.MAX_BACKOFF)

    assert (delivery().state, len(alarms())) == (State.DEAD, delivery_worker.MAX_ATTEMPTS)


# ── FCM ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def phone(person, fcm):
    return devices.register(person, platform="android", address="phone-token", at=NOON)


def test_fcm_gets_an_id_and_the_same_text_for_everyone(person, phone, fcm, run):
    remind(person)

    run()

    (message,) = fcm.sent
    assert message["token"] == "phone-token"
    assert message["data"] == {"id": str(delivery().pk)}
    assert "물 마시기" not in json.dumps(message, ensure_ascii=False)
    assert message["android"]["ttl"] == "1800s"


def test_a_removed_app_gets_no_more_pushes(person, phone, fcm, run):
    fcm.answers["phone-token"] = [404]
    send(person)

    run()

    assert delivery().failure_reason == "UNREGISTERED"
    assert not NotificationDevice.objects.get().is_active


@pytest.mark.parametrize("failures", [[429], [503], [500], ["drop"], [500, 429, 503]])
def test_a_failing_fcm_is_tried_again(person, phone, fcm, run, failures):
    fcm.answers["phone-token"] = list(failures)
    send(person)
    at = NOON
    for _again in range(len(failures) + 1):
        run(at)
        at += 10 * MINUTE

    assert delivery().state == State.SENT
    assert len(fcm.asked) == len(failures) + 1


@pytest.mark.parametrize("failures", ["drop", 500])
def test_a_reminder_that_fcm_may_have_taken_is_not_repeated(person, phone, fcm, run, failures):
    fcm.answers["phone-token"] = [failures]
    remind(person)

    run()
    run(NOON + 10 * MINUTE)

    assert len(fcm.asked) == 1
    assert outbox.counted(delivery_worker.UNKNOWN) == 1


def test_a_slow_fcm_is_waited_for(person, phone, fcm, run):
    fcm.answers["phone-token"] = ["slow"]
    remind(person)

    run()

    assert delivery().state == State.SENT


def test_the_access_token_is_requested_once(person, phone, fcm, run):
    for number in range(5):
        send(person, key=str(number), type="system")

    run()

    assert (len(fcm.sent), fcm.tokens_given) == (5, 1)


def test_a_target_platform_excludes_the_others(person, phone, laptop, fcm, push, run):
    send(person, target_platform="android")

    run()

    assert (len(fcm.sent), len(push.taken)) == (1, 0)
    assert not person.notifications.in_inbox(NOON).exists()


# ── Mail ────────────────────────────────────────────────────────────────────


def test_mail_goes_to_people_who_chose_it(person, run, mailoutbox, settings):
    preferences.save(person, Preferences(email=True))
    send(person)

    run()

    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([person.email], "물 마시기")
    assert f"{settings.SITE_URL}/today/" in mail.body


def test_other_people_get_no_mail(person, run, mailoutbox):
    send(person)

    run()

    assert mailoutbox == []
    assert Notification.objects.get().delivery_status == "sent"


def test_a_legal_notice_goes_by_mail_to_people_without_a_device(person, run, mailoutbox):
    send(person, essential=True, type="system")

    run()

    assert len(mailoutbox) == 1


def test_a_name_with_two_lines_becomes_a_subject_with_one():
    message = Message(uuid7(), "you@example.com", dt.timedelta(hours=1), title="물\r\nBcc: all@example.com")

    sent = email.compose(message).message()

    assert (sent["Subject"], sent["Bcc"]) == ("물 Bcc: all@example.com", None)
