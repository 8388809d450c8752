"""Creates the deliveries of due notifications: one row for each device and mailbox.

Sends nothing itself.

The rows of one person are handled together under a lock on the person, so that notifications due together are bundled
and only one worker at a time counts towards the daily limit. A worker that dies loses nothing.
"""

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from django.db import transaction

from accounts.models import User
from notifications import channels, delivery_facts, delivery_policy, outbox, preferences
from notifications.models import Notification, NotificationDelivery, NotificationDevice
from notifications.preferences import Preferences

PEOPLE = 100
# The types that are bundled: all of one type that a person is due goes out as one.
BUNDLED = frozenset({Notification.Type.HABIT_REMINDER, Notification.Type.ACHIEVEMENT, Notification.Type.CHEER})


def dispatch(*, now: dt.datetime, people: int = PEOPLE) -> int:
    """Handles due rows of up to `people` people; returns how many.

    0: none are left, or other workers have them.
    """
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


def _dispatch_person(user: User, rows: list[Notification], *, now: dt.datetime) -> None:
    chosen = preferences.of(user)
    reach = Reach(user, chosen, _devices(user, chosen))
    sent_today = delivery_facts.count_sent_today(user, now=now)
    bundles: dict[str, Notification] = {}
    for row in rows:
        facts = delivery_facts.read(row, user, chosen, now=now, sent_today=sent_today)
        match delivery_policy.decide(facts):
            case delivery_policy.Postpone(until):
                row.scheduled_for = until
            case delivery_policy.Discard(reason):
                row.cleared_at = now
                _close(row, Notification.Delivery.FAILED, reason, now=now)
            case delivery_policy.InboxOnly(reason):
                row.sent_at = now
                _close(row, Notification.Delivery.SENT, reason, now=now)
            case delivery_policy.SendNow() if lead := bundles.get(row.notification_type):
                row.dispatched_at = row.sent_at = now
                row.bundled_into, row.delivery_status = lead, Notification.Delivery.SENT
            case delivery_policy.SendNow():
                row.dispatched_at = now
                sent_today += _create_deliveries(row, reach, now=now)
                if row.notification_type in BUNDLED:
                    bundles[row.notification_type] = row
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


class Reach(NamedTuple):
    user: User
    preferences: Preferences
    devices: list[NotificationDevice]


def _devices(user: User, chosen: Preferences) -> list[NotificationDevice]:
    if not channels.need_devices(chosen):
        return []
    return list(NotificationDevice.objects.filter(user=user, is_active=True))


def _close(row: Notification, status: str, reason: str, *, now: dt.datetime) -> None:
    """Marks a row that gets no deliveries, and counts why."""
    row.dispatched_at = now
    row.delivery_status, row.failure_reason = status, reason
    outbox.count(reason, on=now.date())


def _create_deliveries(row: Notification, reach: Reach, *, now: dt.datetime) -> bool:
    """False when it goes only to the inbox."""
    targets = channels.targets(*reach, platform=row.target_platform, essential=row.essential)
    NotificationDelivery.objects.bulk_create(
        [
            NotificationDelivery(notification=row, channel=channel.key, device=device, due_at=now)
            for channel, device in targets
        ],
        ignore_conflicts=True,
    )
    if not targets:
        row.sent_at, row.delivery_status = now, Notification.Delivery.SENT
    return bool(targets)
