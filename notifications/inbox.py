"""The inbox: unread notifications, and reports that they were shown, clicked or cleared."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from core import retention_periods
from core.db.work import IsOver, delete_in_batches, never
from notifications.models import Notification, NotificationDelivery

# The bell says 99+ above this.
COUNTED = 99
KEPT = retention_periods.NOTIFICATIONS.timedelta
BATCH = 5000


def unread(user_id: UUID, now: dt.datetime) -> QuerySet[Notification]:
    """The unread notifications, at most one more than the bell can count."""
    return Notification.objects.in_inbox(now).filter(user=user_id, read_at=None).order_by()[: COUNTED + 1]


def follow(user: User, notification_id: UUID, *, now: dt.datetime) -> Notification:
    """Marks one as read and clicked. Raises Notification.DoesNotExist."""
    notification = user.notifications.get(pk=notification_id)
    _mark(user.notifications.filter(pk=notification.pk), now=now, clicked=True)
    return notification


def read_all(user: User, *, now: dt.datetime) -> None:
    _mark(user.notifications.in_inbox(now).filter(read_at=None).order_by(), now=now)


def clear(user: User, *, now: dt.datetime, notification_id: UUID | None = None) -> int:
    """Removes one or all notifications from the inbox; returns how many."""
    rows = user.notifications.in_inbox(now).order_by()
    if notification_id:
        rows = rows.filter(pk=notification_id)
    return rows.update(cleared_at=now, read_at=Coalesce("read_at", now))


def get_delivery(user: User, delivery_id: UUID) -> NotificationDelivery:
    """Raises NotificationDelivery.DoesNotExist when it is not the person's."""
    return NotificationDelivery.objects.select_related("notification__user").get(
        pk=delivery_id, notification__user=user
    )


def mark_shown(user: User, delivery_id: UUID, *, now: dt.datetime) -> None:
    """Records that a device showed it.

    Raises NotificationDelivery.DoesNotExist when it is not the person's.
    """
    delivery = get_delivery(user, delivery_id)
    row = NotificationDelivery.objects.filter(pk=delivery.pk)
    row.filter(delivered_at=None).update(delivered_at=now)
    row.filter(state=NotificationDelivery.State.SENT).update(state=NotificationDelivery.State.DELIVERED)
    Notification.objects.filter(pk=delivery.notification_id).update(
        delivered_at=Coalesce("delivered_at", now),
        sent_at=Coalesce("sent_at", now),
        delivery_status=Notification.Delivery.DELIVERED,
        failure_reason=None,
    )


def mark_clicked(user: User, delivery_id: UUID, *, now: dt.datetime) -> None:
    """Records that it was tapped on a device, with all that was bundled into it."""
    lead = get_delivery(user, delivery_id).notification_id
    _mark(user.notifications.filter(Q(pk=lead) | Q(bundled_into=lead)), now=now, clicked=True)


def delete_expired(*, now: dt.datetime, is_over: IsOver = never) -> int:
    """Deletes notifications older than KEPT, in batches, until `is_over`; returns how many."""
    old = Notification.objects.filter(created_at__lt=now - KEPT).order_by("created_at")
    return delete_in_batches(old, is_over=is_over, batch=BATCH)


def _mark(rows: Any, *, now: dt.datetime, clicked: bool = False) -> None:
    changed = {"read_at": Coalesce("read_at", now)}
    if clicked:
        changed["clicked_at"] = Coalesce("clicked_at", now)
    rows.update(**changed)
