"""What a person finds on our pages, and what they did with it: delivered, read, clicked, cleared."""

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from core import retention_periods
from notifications import outbox
from notifications.models import Notification, NotificationDelivery

SHOWN = 100
# The bell says 99+ above this.
COUNTED = 99
KEPT = retention_periods.NOTIFICATIONS.timedelta
BATCH = 5000

ICONS = {
    Notification.Type.HABIT_REMINDER: "bell",
    Notification.Type.ACHIEVEMENT: "trophy",
    Notification.Type.COACHING: "message-circle",
    Notification.Type.SYSTEM: "megaphone",
}


def page(user: User, *, now: dt.datetime) -> dict[str, Any]:
    """The inbox, newest first, in days."""
    rows = list(user.notifications.in_inbox(now)[:SHOWN])
    calendar, today = user.calendar, user.calendar.day_of(now)
    days: list[dict[str, Any]] = []
    for row in rows:
        at = row.scheduled_for or row.created_at
        day = calendar.day_of(at)
        if not days or days[-1]["day"] != day:
            days.append({"day": day, "text": _day_text(day, today), "rows": []})
        days[-1]["rows"].append(_row(row, at.astimezone(ZoneInfo(calendar.zone))))
    return {"days": days, "unread": sum(row.read_at is None for row in rows)}


def unread(user_id: UUID, now: dt.datetime) -> QuerySet[Notification]:
    """What waits, at most one more than the bell can say."""
    return Notification.objects.in_inbox(now).filter(user=user_id, read_at=None).order_by()[: COUNTED + 1]


def bell(user: User, *, now: dt.datetime) -> dict[str, Any]:
    return told_by_bell(unread(user.pk, now).count())


def told_by_bell(number: int) -> dict[str, Any]:
    return {"unread": number, "text": f"{COUNTED}+" if number > COUNTED else str(number)}


def open_one(user: User, notification_id: UUID, *, now: dt.datetime) -> str:
    """The address it leads to; it is read and clicked now. Raises Notification.DoesNotExist."""
    notification = user.notifications.get(pk=notification_id)
    _mark(user.notifications.filter(pk=notification.pk), now=now, clicked=True)
    return address(notification)


def read_all(user: User, *, now: dt.datetime) -> None:
    _mark(user.notifications.in_inbox(now).filter(read_at=None).order_by(), now=now)


def clear(user: User, *, now: dt.datetime, notification_id: UUID | None = None) -> int:
    """Takes one out of the inbox, or all that came."""
    rows = user.notifications.in_inbox(now).order_by()
    if notification_id:
        rows = rows.filter(pk=notification_id)
    return rows.update(cleared_at=now, read_at=Coalesce("read_at", now))


def shown(user: User, delivery_id: UUID, *, now: dt.datetime) -> None:
    """A device says that it showed it. Raises NotificationDelivery.DoesNotExist when it is not the person's."""
    delivery = _delivery(user, delivery_id)
    mine = NotificationDelivery.objects.filter(pk=delivery.pk)
    mine.filter(delivered_at=None).update(delivered_at=now)
    mine.filter(state=NotificationDelivery.State.SENT).update(state=NotificationDelivery.State.DELIVERED)
    Notification.objects.filter(pk=delivery.notification_id).update(
        delivered_at=Coalesce("delivered_at", now),
        sent_at=Coalesce("sent_at", now),
        delivery_status=Notification.Delivery.DELIVERED,
        failure_reason=None,
    )


def clicked(user: User, delivery_id: UUID, *, now: dt.datetime) -> None:
    """A device says that it was pressed, with all that was bundled into it."""
    lead = _delivery(user, delivery_id).notification_id
    _mark(user.notifications.filter(Q(pk=lead) | Q(bundled_into=lead)), now=now, clicked=True)


def told(user: User, delivery_id: UUID) -> dict[str, Any]:
    """What a device may show: asked for by the device itself, signed in. Raises NotificationDelivery.DoesNotExist."""
    notification = _delivery(user, delivery_id).notification
    with override(user.language):
        title, body = words(notification)
    return {"title": title, "body": body, "url": address(notification), "marketing": notification.marketing}


def words(notification: Notification) -> tuple[str, str]:
    """Its own, or one for all that were bundled into it."""
    names = [row.title for row in notification.bundled.order_by("scheduled_for", "id")]
    if not names:
        return notification.title, notification.body
    names.insert(0, notification.title)
    bundle = {"names": names, "count": len(names)}
    return outbox.render("bundle", bundle, language=notification.user.language)


def address(notification: Notification) -> str:
    """Where a tap leads, on our own pages. What is not there (any more) leads to Today."""
    data = notification.data if isinstance(notification.data, dict) else {}
    if str(data.get("url", "")).startswith("/") and not str(data["url"]).startswith("//"):
        return data["url"]
    route, *arguments = data.get("to") or [settings.LOGIN_REDIRECT_URL]
    try:
        return reverse(route, args=arguments)
    except NoReverseMatch:
        return reverse(settings.LOGIN_REDIRECT_URL)


def absolute(notification: Notification) -> str:
    return settings.SITE_URL + address(notification)


def forget(*, now: dt.datetime) -> int:
    """Deletes what is older than KEPT, in batches; returns how many."""
    forgotten = 0
    while True:
        oldest = Notification.objects.filter(created_at__lt=now - KEPT).order_by("created_at").values("pk")[:BATCH]
        deleted, _by_model = Notification.objects.filter(pk__in=oldest).delete()
        if not deleted:
            return forgotten
        forgotten += deleted


def _delivery(user: User, delivery_id: UUID) -> NotificationDelivery:
    return NotificationDelivery.objects.select_related("notification__user").get(
        pk=delivery_id, notification__user=user
    )


def _mark(rows: Any, *, now: dt.datetime, clicked: bool = False) -> None:
    changed = {"read_at": Coalesce("read_at", now)}
    if clicked:
        changed["clicked_at"] = Coalesce("clicked_at", now)
    rows.update(**changed)


def _row(row: Notification, at: dt.datetime) -> dict[str, Any]:
    return {
        "id": row.pk,
        "title": row.title,
        "body": row.body,
        "icon": ICONS.get(Notification.Type(row.notification_type), "bell"),
        "new": row.read_at is None,
        "at": at.isoformat(),
        "time_text": time_format(at),
        "url": reverse("notifications:open", args=[row.pk]),
        "clear_url": reverse("notifications:clear-one", args=[row.pk]),
    }


def _day_text(day: dt.date, today: dt.date) -> str:
    return {0: _("오늘"), 1: _("어제")}.get((today - day).days) or date_format(day, _("n월 j일 l"))
