"""From deliveries to devices: claim, send, keep what became of it.

A claim is committed before anything is sent and ends at `due_at`. Its number (`attempts`) fences: whoever comes back
after the claim was taken over changes nothing. What is to be sent at most once (`notification.once`) is never tried
again when the outcome is unknown: the claim that ran out, the connection that broke, the server's own error. All else
is tried again with growing pauses until it is dead, where staff see it.
"""

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

from accounts.models import User
from notifications import delivery_policy, devices, fan_out, inbox, outbox, preferences, unsubscribe_links
from notifications.channels import Accepted, Answer, Gone, NotYet, Parcel, Refused, Unsure, fcm, mail, web_push
from notifications.models import Notification, NotificationDelivery

log = structlog.get_logger(__name__)

# Sent side by side: what a worker that is killed leaves with an unknown outcome is never more than this.
AT_ONCE = 8
# A claim outlives the slowest answer (channels.outbound.TIMEOUT) several times.
CLAIM = dt.timedelta(seconds=60)
PATIENCE = 30.0
MOST_ATTEMPTS = 8
FIRST_PAUSE = dt.timedelta(seconds=30)
LONGEST_PAUSE = dt.timedelta(hours=2)

UNKNOWN = "outcome unknown"

State = NotificationDelivery.State
_SENDERS: dict[str, Callable[[Parcel], Answer]] = {
    NotificationDelivery.Channel.WEB_PUSH: web_push.send,
    NotificationDelivery.Channel.FCM: fcm.send,
    NotificationDelivery.Channel.EMAIL: mail.send,
}


def run(*, clock: Callable[[], dt.datetime], until: dt.datetime) -> None:
    """Handles everything that is due, until there is nothing left or the time is over."""
    while clock() < until:
        dispatched = fan_out.dispatch(now=clock())
        sent = deliver(clock=clock)
        if not dispatched and not sent:
            return


def deliver(*, clock: Callable[[], dt.datetime]) -> int:
    """Claims a few deliveries that are due, sends them side by side, keeps the answers; returns how many it claimed."""
    claims, handled = claim(now=clock())
    sending = {_senders().submit(_send, claimed): claimed for claimed in claims}
    wait(sending, timeout=PATIENCE)
    for future, claimed in sending.items():
        keep(claimed, _answer(future), now=clock())
    return handled


class Claimed(NamedTuple):
    delivery_id: UUID
    fence: int
    channel: str
    parcel: Parcel


def claim(*, now: dt.datetime, most: int = AT_ONCE) -> tuple[list[Claimed], int]:
    """Up to `most` deliveries that are ours now, and how many were looked at. Some need no sending any more."""
    claims = []
    with transaction.atomic():
        due = list(
            NotificationDelivery.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(due_at__lte=now)
            .select_related("notification__user", "device")
            .order_by("due_at")[:most]
        )
        for delivery in due:
            parcel = _claim_one(delivery, now=now)
            if parcel:
                claims.append(Claimed(delivery.pk, delivery.attempts, delivery.channel, parcel))
        NotificationDelivery.objects.bulk_update(due, ["state", "attempts", "due_at", "sent_at", "failure_reason"])
        for notification in {row.notification for row in due if row.due_at is None}:
            _sum_up(notification)
    return claims, len(due)


def keep(claimed: Claimed, answer: Answer, *, now: dt.datetime) -> bool:
    """Writes down what became of it; False when the claim was no longer ours and nothing was written."""
    with transaction.atomic():
        delivery = (
            NotificationDelivery.objects.select_for_update(of=("self",))
            .select_related("notification", "device")
            .filter(pk=claimed.delivery_id, attempts=claimed.fence, state=State.CLAIMED)
            .first()
        )
        if delivery is None:
            log.warning("answer came after its claim", delivery=str(claimed.delivery_id), answer=type(answer).__name__)
            return False
        _judge(delivery, answer, now=now)
        delivery.save(update_fields=["state", "due_at", "sent_at", "failure_reason"])
        _sum_up(delivery.notification)
    return True


def resend(delivery: NotificationDelivery, *, now: dt.datetime) -> bool:
    """Staff send a dead one again; False when its time is over, or a second one would be worse than none."""
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


def _claim_one(delivery: NotificationDelivery, *, now: dt.datetime) -> Parcel | None:
    """The parcel to send, or None with the delivery settled otherwise."""
    if delivery.state == State.CLAIMED and _is_over(delivery, now=now):
        return None
    notification = delivery.notification
    user = notification.user
    if delivery.device and not (delivery.device.is_active and delivery.device.user_id == user.pk):
        _end(delivery, State.FAILED, "device gone", now=now)
        return None
    chosen = preferences.of(user)
    match delivery_policy.judge(fan_out.facts_of(notification, user, chosen, now=now)):
        case delivery_policy.Later(at):
            delivery.state, delivery.due_at = State.PENDING, at
            return None
        case delivery_policy.Drop(reason) | delivery_policy.Inbox(reason):
            _end(delivery, State.FAILED, reason, now=now)
            return None
        case delivery_policy.Send(until):
            delivery.state, delivery.attempts, delivery.due_at = State.CLAIMED, delivery.attempts + 1, now + CLAIM
            return _parcel(delivery, notification, user, ttl=until - now)
    raise AssertionError("every verdict is handled")


def _is_over(delivery: NotificationDelivery, *, now: dt.datetime) -> bool:
    """Its claim ran out, and it is not to be sent again. Whoever had it is gone, or will find its claim taken."""
    if delivery.delivered_at:
        _arrived(delivery)
    elif delivery.notification.once:
        _end(delivery, State.FAILED, UNKNOWN, now=now)
    elif delivery.attempts >= MOST_ATTEMPTS:
        _end(delivery, State.DEAD, UNKNOWN, now=now)
    else:
        return False
    return True


def _parcel(delivery: NotificationDelivery, notification: Notification, user: User, *, ttl: dt.timedelta) -> Parcel:
    if delivery.device:
        address = delivery.device.address or delivery.device.device_token
        return Parcel(delivery.pk, address, ttl, urgent=notification.once, language=user.language)
    title, body = inbox.words(notification)
    return Parcel(
        delivery.pk,
        user.email,
        ttl,
        language=user.language,
        title=title,
        body=body,
        url=inbox.absolute(notification),
        opt_out_url=unsubscribe_links.url(user) if notification.marketing else "",
    )


def _send(claimed: Claimed) -> Answer:
    """In a thread of its own: nothing here may touch the database."""
    with translation.override(claimed.parcel.language):
        return _SENDERS[claimed.channel](claimed.parcel)


def _answer(future: "Future[Answer]") -> Answer:
    if not future.done():
        return Unsure("no answer in time")
    error = future.exception()
    if error is None:
        return future.result()
    log.error("sending failed", error=type(error).__name__, exc_info=error)
    return Unsure(f"our own error: {type(error).__name__}")


def _judge(delivery: NotificationDelivery, answer: Answer, *, now: dt.datetime) -> None:
    notification = delivery.notification
    if delivery.delivered_at:
        # The browser showed it, and said so, before its push service answered us.
        _arrived(delivery)
        return
    match answer:
        case Accepted():
            delivery.state, delivery.sent_at, delivery.due_at, delivery.failure_reason = State.SENT, now, None, None
            if delivery.device:
                devices.used(delivery.device, now=now)
        case Gone(reason):
            if delivery.device:
                devices.deactivate(delivery.device)
            _end(delivery, State.FAILED, reason, now=now)
        case Refused(reason):
            _end(delivery, State.FAILED, reason, now=now)
        case Unsure(reason) if notification.once:
            _end(delivery, State.FAILED, UNKNOWN, now=now)
            log.info("outcome unknown", delivery=str(delivery.pk), reason=reason)
        case NotYet(reason) | Unsure(reason):
            _again(delivery, reason, pause(delivery.attempts, getattr(answer, "retry_after", None)), now=now)


def pause(attempts: int, asked: dt.timedelta | None = None) -> dt.timedelta:
    """How long to wait after the `attempts`-th try: doubling, between half and one and a half times of it at random,
    and no less than the service asked for."""
    doubled = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    jittered = doubled * random.uniform(0.5, 1.5)  # noqa: S311 -- spreads load, guards nothing
    return max(jittered, asked or jittered)


def _again(delivery: NotificationDelivery, reason: str, after: dt.timedelta, *, now: dt.datetime) -> None:
    expires_at = delivery.notification.expires_at
    if delivery.attempts >= MOST_ATTEMPTS:
        _end(delivery, State.DEAD, reason, now=now)
    elif expires_at and now + after >= expires_at:
        _end(delivery, State.FAILED, delivery_policy.LATE, now=now)
    else:
        delivery.state, delivery.due_at, delivery.failure_reason = State.PENDING, now + after, reason


def _arrived(delivery: NotificationDelivery) -> None:
    delivery.state, delivery.sent_at = State.DELIVERED, delivery.delivered_at
    delivery.due_at = delivery.failure_reason = None


def _end(delivery: NotificationDelivery, state: str, reason: str, *, now: dt.datetime) -> None:
    delivery.state, delivery.due_at, delivery.failure_reason = state, None, reason
    if reason in (UNKNOWN, delivery_policy.LATE):
        outbox.count(reason, on=now.date())


def _sum_up(notification: Notification) -> None:
    """The document's columns on the notification, from its deliveries."""
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
def _senders() -> ThreadPoolExecutor:
    """Made in the process that uses it, and kept: its threads hold their connections open."""
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push")
