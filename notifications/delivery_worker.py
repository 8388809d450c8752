"""Sends due deliveries: claim, send, record the result.

A claim is committed before anything is sent and ends at `due_at`. Its number (`attempts`) fences: a worker whose claim
was taken over changes nothing. A notification that is sent at most once (`notification.once`) is never retried when the
outcome is unknown: an expired claim, a broken connection, the server's own error. Everything else is retried with
growing pauses until it is dead, where staff see it.
"""

import dataclasses
import datetime as dt
import functools
import random
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import translation

from notifications import (
    delivery_facts,
    delivery_policy,
    devices,
    fan_out,
    message_links,
    message_texts,
    outbox,
    preferences,
)
from notifications.channels import CHANNELS
from notifications.channels.base import (
    Accepted,
    Channel,
    CredentialsRefused,
    InvalidTarget,
    Message,
    Rejected,
    RetryLater,
    SendResult,
    UnknownDelivery,
)
from notifications.models import Notification, NotificationDelivery

log = structlog.get_logger(__name__)

# Deliveries sent at the same time. A killed worker leaves at most this many with an unknown outcome.
CONCURRENCY = 8
# A claim lasts several times as long as the slowest response (channels.outbound_http.TIMEOUT).
CLAIM = dt.timedelta(seconds=60)
# Seconds to wait for the results of one round.
SEND_TIMEOUT = 30.0
MAX_ATTEMPTS = 8
FIRST_BACKOFF = dt.timedelta(seconds=30)
MAX_BACKOFF = dt.timedelta(hours=2)

UNKNOWN = "outcome unknown"
# Counted in the day's tally by channel, each attempt.
REFUSED = "credentials refused"

State = NotificationDelivery.State


def run(*, clock: Callable[[], dt.datetime], until: dt.datetime) -> None:
    """Creates and sends due deliveries until none are left or the time is over."""
    while clock() < until:
        dispatched = fan_out.dispatch(now=clock())
        sent = deliver(clock=clock)
        if not dispatched and not sent:
            return


def deliver(*, clock: Callable[[], dt.datetime]) -> int:
    """Claims a few due deliveries and sends them at the same time; returns how many it handled."""
    claims, handled = claim(now=clock())
    sending = {_threads().submit(_send, claimed): claimed for claimed in claims}
    wait(sending, timeout=SEND_TIMEOUT)
    for future, claimed in sending.items():
        record(claimed, _result(future), now=clock())
    return handled


class ClaimedDelivery(NamedTuple):
    delivery_id: UUID
    fence: int
    channel: str
    message: Message


def claim(*, now: dt.datetime, most: int = CONCURRENCY) -> tuple[list[ClaimedDelivery], int]:
    """Claims up to `most` due deliveries.

    Returns the claims, and how many rows were handled, which includes those that need no sending.
    """
    claims = []
    with transaction.atomic():
        due = list(
            NotificationDelivery.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(due_at__lte=now)
            .select_related("notification__user", "device")
            .order_by("due_at")[:most]
        )
        for delivery in due:
            message = _claim_one(delivery, now=now)
            if message:
                claims.append(ClaimedDelivery(delivery.pk, delivery.attempts, delivery.channel, message))
        NotificationDelivery.objects.bulk_update(due, ["state", "attempts", "due_at", "sent_at", "failure_reason"])
        for notification in {row.notification for row in due if row.due_at is None}:
            _update_summary(notification)
    return claims, len(due)


def record(claimed: ClaimedDelivery, result: SendResult, *, now: dt.datetime) -> bool:
    """Stores the result; False when another worker took over the claim and nothing is written."""
    with transaction.atomic():
        delivery = (
            NotificationDelivery.objects.select_for_update(of=("self",))
            .select_related("notification", "device")
            .filter(pk=claimed.delivery_id, attempts=claimed.fence, state=State.CLAIMED)
            .first()
        )
        if delivery is None:
            log.warning("result after its claim", delivery=str(claimed.delivery_id), result=type(result).__name__)
            return False
        if delivery.delivered_at:
            # The browser reported that it showed the message before its push service answered us.
            _mark_delivered(delivery)
        else:
            _apply(delivery, result, now=now)
        if isinstance(result, CredentialsRefused):
            _alarm(delivery, result.reason, now=now)
        delivery.save(update_fields=["state", "due_at", "sent_at", "failure_reason"])
        _update_summary(delivery.notification)
    return True


def resend(delivery: NotificationDelivery, *, now: dt.datetime) -> bool:
    """Sends a dead or failed delivery again; False when it is too late or may have arrived."""
    notification = delivery.notification
    if delivery.state not in (State.DEAD, State.FAILED) or delivery.failure_reason == UNKNOWN:
        return False
    if notification.expires_at and notification.expires_at <= now:
        return False
    changed = NotificationDelivery.objects.filter(pk=delivery.pk, state=delivery.state).update(
        state=State.PENDING, attempts=0, due_at=now, failure_reason=None
    )
    outbox.wake()
    return bool(changed)


def _claim_one(delivery: NotificationDelivery, *, now: dt.datetime) -> Message | None:
    """The message to send; None when the delivery needs no sending now."""
    if delivery.state == State.CLAIMED and _is_over(delivery, now=now):
        return None
    if reason := _missing_target(delivery):
        _finish(delivery, State.FAILED, reason, now=now)
        return None
    notification = delivery.notification
    user = notification.user
    match delivery_policy.decide(delivery_facts.read(notification, user, preferences.of(user), now=now)):
        case delivery_policy.Postpone(until):
            delivery.state, delivery.due_at = State.PENDING, until
            return None
        case delivery_policy.Discard(reason) | delivery_policy.InboxOnly(reason):
            _finish(delivery, State.FAILED, reason, now=now)
            return None
        case delivery_policy.SendNow(until):
            delivery.state, delivery.attempts, delivery.due_at = State.CLAIMED, delivery.attempts + 1, now + CLAIM
            return _message(delivery, CHANNELS[delivery.channel], ttl=until - now)
    raise AssertionError("every decision is handled")


def _missing_target(delivery: NotificationDelivery) -> str | None:
    """Why there is nothing to send to any more."""
    device = delivery.device
    if device and not (device.is_active and device.user_id == delivery.notification.user_id):
        return "device gone"
    return None if delivery.channel in CHANNELS else "channel gone"


def _is_over(delivery: NotificationDelivery, *, now: dt.datetime) -> bool:
    """Whether a delivery whose claim expired is finished, because it must not be sent again."""
    if delivery.delivered_at:
        _mark_delivered(delivery)
    elif delivery.notification.once:
        _finish(delivery, State.FAILED, UNKNOWN, now=now)
    elif delivery.attempts >= MAX_ATTEMPTS:
        _finish(delivery, State.DEAD, UNKNOWN, now=now)
    else:
        return False
    return True


def _message(delivery: NotificationDelivery, channel: Channel, *, ttl: dt.timedelta) -> Message:
    notification = delivery.notification
    user = notification.user
    message = Message(
        delivery.pk,
        channel.address(user, delivery.device),
        ttl,
        urgent=notification.once,
        language=user.language,
    )
    return _with_text(message, notification) if channel.sends_text else message


def _with_text(message: Message, notification: Notification) -> Message:
    title, body = message_texts.render(notification)
    return dataclasses.replace(
        message,
        title=title,
        body=body,
        sections=message_texts.sections(notification),
        url=message_links.target_url(notification),
        unsubscribe_url=message_links.unsubscribe_url(notification.user) if notification.marketing else "",
    )


def _send(claimed: ClaimedDelivery) -> SendResult:
    """Runs in a thread of its own and must not touch the database."""
    with translation.override(claimed.message.language):
        return CHANNELS[claimed.channel].send(claimed.message)


def _result(future: "Future[SendResult]") -> SendResult:
    if not future.done():
        return UnknownDelivery("no answer in time")
    error = future.exception()
    if error is None:
        return future.result()
    log.error("sending failed", error=type(error).__name__, exc_info=error)
    return UnknownDelivery(f"our own error: {type(error).__name__}")


def _apply(delivery: NotificationDelivery, result: SendResult, *, now: dt.datetime) -> None:
    match result:
        case Accepted():
            _mark_sent(delivery, now=now)
        case InvalidTarget(reason):
            if delivery.device:
                devices.deactivate(delivery.device)
            _finish(delivery, State.FAILED, reason, now=now)
        case Rejected(reason):
            _finish(delivery, State.FAILED, reason, now=now)
        case UnknownDelivery(reason) if delivery.notification.once:
            _finish(delivery, State.FAILED, UNKNOWN, now=now)
            log.info("outcome unknown", delivery=str(delivery.pk), reason=reason)
        case RetryLater(reason, wait):
            _retry(delivery, reason, backoff(delivery.attempts, wait), now=now)
        case UnknownDelivery(reason) | CredentialsRefused(reason):
            _retry(delivery, reason, backoff(delivery.attempts), now=now)


def _alarm(delivery: NotificationDelivery, reason: str, *, now: dt.datetime) -> None:
    """Tells the operator: with a wrong key or password nobody is reached, and no person can say so."""
    log.error(REFUSED, channel=delivery.channel, reason=reason)
    outbox.count(f"{REFUSED}: {delivery.channel}", on=now.date())


def backoff(attempts: int, retry_after: dt.timedelta | None = None) -> dt.timedelta:
    """How long to wait after the `attempts`-th attempt.

    Doubled with each attempt, times a random factor between 0.5 and 1.5, and at least what the service asked for.
    """
    doubled = min(FIRST_BACKOFF * 2 ** (attempts - 1), MAX_BACKOFF)
    jittered = doubled * random.uniform(0.5, 1.5)  # noqa: S311 -- spreads load, protects nothing
    return max(jittered, retry_after or jittered)


def _retry(delivery: NotificationDelivery, reason: str, after: dt.timedelta, *, now: dt.datetime) -> None:
    expires_at = delivery.notification.expires_at
    if delivery.attempts >= MAX_ATTEMPTS:
        _finish(delivery, State.DEAD, reason, now=now)
    elif expires_at and now + after >= expires_at:
        _finish(delivery, State.FAILED, delivery_policy.LATE, now=now)
    else:
        delivery.state, delivery.due_at, delivery.failure_reason = State.PENDING, now + after, reason


def _mark_sent(delivery: NotificationDelivery, *, now: dt.datetime) -> None:
    delivery.state, delivery.sent_at, delivery.due_at, delivery.failure_reason = State.SENT, now, None, None
    if delivery.device:
        devices.mark_used(delivery.device, now=now)


def _mark_delivered(delivery: NotificationDelivery) -> None:
    delivery.state, delivery.sent_at = State.DELIVERED, delivery.delivered_at
    delivery.due_at = delivery.failure_reason = None


def _finish(delivery: NotificationDelivery, state: str, reason: str, *, now: dt.datetime) -> None:
    delivery.state, delivery.due_at, delivery.failure_reason = state, None, reason
    if reason in (UNKNOWN, delivery_policy.LATE):
        outbox.count(reason, on=now.date())


def _update_summary(notification: Notification) -> None:
    """Updates the status columns of the notification from its deliveries."""
    rows = list(notification.deliveries.values_list("state", "sent_at", "failure_reason"))
    states = {state for state, _sent_at, _reason in rows}
    mine = Notification.objects.filter(pk=notification.pk)
    if states & {State.SENT, State.DELIVERED}:
        first = min(sent_at for _state, sent_at, _reason in rows if sent_at)
        status = Notification.Delivery.DELIVERED if State.DELIVERED in states else Notification.Delivery.SENT
        mine.update(delivery_status=status, sent_at=Coalesce("sent_at", first), failure_reason=None)
    elif states <= {State.FAILED, State.DEAD}:
        reason = next((reason for _state, _sent_at, reason in rows if reason), None)
        mine.filter(~Q(delivery_status=Notification.Delivery.DELIVERED)).update(
            delivery_status=Notification.Delivery.FAILED, failure_reason=reason
        )


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """One pool per process, kept because its threads hold their connections open."""
    return ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="push")
