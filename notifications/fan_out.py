"""From the outbox to its deliveries: one row for each device and mailbox. Nothing leaves here, so a worker that dies
loses nothing.

One person's rows are taken together, under a lock on the person: what is due together is bundled, and the daily number
is counted by one worker at a time.
"""

import datetime as dt
from collections import defaultdict

from django.db import transaction
from django.db.models import Q

from accounts import consents
from accounts.models import User, UserConsent
from notifications import delivery_policy, outbox, preferences
from notifications.channels import fcm
from notifications.models import Notification, NotificationDelivery, NotificationDevice, Platform
from notifications.preferences import Preferences

PEOPLE = 100
Channel = NotificationDelivery.Channel
# How reminders are bundled: all that one person is due.
BUNDLED = Notification.Type.HABIT_REMINDER


def dispatch(*, now: dt.datetime, people: int = PEOPLE) -> int:
    """Handles what is due of up to `people` people; returns how many rows. 0: nothing left, or others are at it."""
    with transaction.atomic():
        due = Notification.objects.due(now)
        first = due.order_by("scheduled_for").values_list("user_id", flat=True)[: people * 4]
        users = list(
            User.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk__in=list(dict.fromkeys(first))[:people])
            .order_by("pk")
        )
        rows = list(due.select_for_update(of=("self",)).filter(user__in=users).order_by("scheduled_for", "id"))
        by_person: dict[object, list[Notification]] = defaultdict(list)
        for row in rows:
            by_person[row.user_id].append(row)
        for user in users:
            _dispatch_person(user, by_person[user.pk], now=now)
    return len(rows)


def facts_of(
    notification: Notification, user: User, chosen: Preferences, *, now: dt.datetime, sent_today: int = 0
) -> delivery_policy.Facts:
    """What `manners.judge` needs, the consents asked anew each time."""
    item, marketing = UserConsent.Item, notification.marketing
    return delivery_policy.Facts(
        now=now,
        preferences=chosen,
        calendar=user.calendar,
        notification_type=notification.notification_type,
        expires_at=notification.expires_at,
        is_active=user.is_active,
        marketing=marketing,
        consented=marketing and consents.granted(user, item.MARKETING),
        consented_at_night=marketing and consents.granted(user, item.NIGHT),
        essential=notification.essential,
        sent_today=sent_today,
    )


def _dispatch_person(user: User, rows: list[Notification], *, now: dt.datetime) -> None:
    chosen = preferences.of(user)
    devices = list(NotificationDevice.objects.filter(user=user, is_active=True)) if chosen.push else []
    sent_today = _sent_today(user, now=now)
    bundle: Notification | None = None
    for row in rows:
        verdict = delivery_policy.judge(facts_of(row, user, chosen, now=now, sent_today=sent_today))
        match verdict:
            case delivery_policy.Later(at):
                row.scheduled_for = at
            case delivery_policy.Drop(reason):
                row.dispatched_at = row.cleared_at = now
                row.delivery_status, row.failure_reason = Notification.Delivery.FAILED, reason
                outbox.count(reason, on=now.date())
            case delivery_policy.Inbox(reason):
                row.dispatched_at = row.sent_at = now
                row.delivery_status, row.failure_reason = Notification.Delivery.SENT, reason
                outbox.count(reason, on=now.date())
            case delivery_policy.Send():
                row.dispatched_at = now
                if bundle and row.notification_type == BUNDLED:
                    row.bundled_into = bundle
                    row.delivery_status, row.sent_at = Notification.Delivery.SENT, now
                    continue
                sent_today += _make_deliveries(row, user, chosen, devices, now=now)
                bundle = bundle or (row if row.notification_type == BUNDLED else None)
    Notification.objects.bulk_update(rows, _CHANGED)


_CHANGED = [
    "scheduled_for",
    "dispatched_at",
    "cleared_at",
    "sent_at",
    "delivery_status",
    "failure_reason",
    "bundled_into",
]


def _make_deliveries(
    row: Notification, user: User, chosen: Preferences, devices: list[NotificationDevice], *, now: dt.datetime
) -> bool:
    """False when it goes nowhere but to the inbox."""
    wanted = [device for device in devices if row.target_platform in (None, device.platform)]
    deliveries = [_delivery(row, _channel(device), device, now=now) for device in wanted if _reachable(device)]
    mails = chosen.email and user.is_verified and row.target_platform is None
    if mails or (row.essential and not deliveries and user.is_verified):
        deliveries.append(_delivery(row, Channel.EMAIL, None, now=now))
    NotificationDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    if not deliveries:
        row.sent_at, row.delivery_status = now, Notification.Delivery.SENT
    return bool(deliveries)


def _delivery(
    row: Notification, channel: str, device: NotificationDevice | None, *, now: dt.datetime
) -> NotificationDelivery:
    return NotificationDelivery(notification=row, channel=channel, device=device, due_at=now)


def _channel(device: NotificationDevice) -> str:
    return Channel.WEB_PUSH if device.platform == Platform.WEB else Channel.FCM


def _reachable(device: NotificationDevice) -> bool:
    return bool(device.address) if device.is_browser else fcm.is_set_up()


def _sent_today(user: User, *, now: dt.datetime) -> int:
    """How many went out to the person on their day."""
    start, _end = user.calendar.bounds(user.calendar.day_of(now))
    went_out = Notification.objects.filter(user=user, dispatched_at__gte=start, bundled_into=None, essential=False)
    return went_out.filter(Q(deliveries__isnull=False)).distinct().count()
