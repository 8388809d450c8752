"""Staff tell many people: choose whom, see how many, schedule, watch, stop.

Batches go through people by their key and write one outbox row for each. The batch and how far it went are committed
together, and each row has its effect key: a worker that dies, or two at once, tell nobody twice.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User, UserConsent, UserSession
from notifications.models import Announcement, Notification, NotificationDelivery

BATCH = 500
STOPPED = "stopped"
AD = "(광고) "
State = Announcement.State

# What apps above this one know about people: billing says who is on a plan.
narrowing: dict[str, Callable[[QuerySet[User], str, dt.datetime], QuerySet[User]]] = {}


class NotOpen(Exception):
    """It is under way, done or stopped already."""


def audience(announcement: Announcement, *, now: dt.datetime) -> QuerySet[User]:
    """The people it is for, as things stand now."""
    people = User.objects.filter(is_active=True, anonymised_at=None)
    if announcement.language:
        people = people.filter(language=announcement.language)
    if announcement.inactive_days is not None:
        since = now - dt.timedelta(days=announcement.inactive_days)
        here = UserSession.objects.filter(user=OuterRef("pk"), last_used_at__gt=since)
        people = people.filter(Q(last_login=None) | Q(last_login__lte=since), ~Exists(here), created_at__lte=since)
    if announcement.plan:
        people = narrowing["plan"](people, announcement.plan, now)
    if announcement.is_marketing:
        people = people.filter(_latest_consent())
    return people


def preview(announcement: Announcement, *, now: dt.datetime) -> dict[str, Any]:
    """What people will read, and how many they are now."""
    return {
        "count": audience(announcement, now=now).count(),
        "texts": [
            {
                "language": language,
                "title": _title(announcement, language),
                "body": announcement.text("body", language=language),
            }
            for language in ("ko", "en")
        ],
    }


def schedule(announcement: Announcement, *, at: dt.datetime) -> None:
    """Raises NotOpen."""
    opened = Announcement.objects.filter(pk=announcement.pk, state=State.DRAFT)
    if not opened.update(state=State.SCHEDULED, scheduled_for=announcement.scheduled_for or at):
        raise NotOpen
    announcement.refresh_from_db()


def stop(announcement: Announcement, *, now: dt.datetime) -> int:
    """Nothing more of it goes out; returns how many notifications were held back in time."""
    with transaction.atomic():
        locked = Announcement.objects.select_for_update().get(pk=announcement.pk)
        if not locked.can_stop:
            raise NotOpen
        locked.state = State.STOPPED
        locked.save(update_fields=["state", "updated_at"])
        waiting = Notification.objects.filter(announcement=locked, dispatched_at=None)
        held = waiting.update(
            dispatched_at=now,
            cleared_at=now,
            delivery_status=Notification.Delivery.FAILED,
            failure_reason=STOPPED,
        )
        on_their_way = NotificationDelivery.objects.filter(
            notification__announcement=locked, state=NotificationDelivery.State.PENDING
        )
        held += on_their_way.update(state=NotificationDelivery.State.FAILED, due_at=None, failure_reason=STOPPED)
    announcement.refresh_from_db()
    return held


def progress(announcement: Announcement) -> dict[str, int]:
    """How many were written, sent, delivered, pressed, and not sent."""
    status = Notification.Delivery
    return announcement.notifications.aggregate(
        written=Count("pk"),
        waiting=Count("pk", filter=Q(delivery_status=status.PENDING)),
        sent=Count("pk", filter=Q(delivery_status__in=[status.SENT, status.DELIVERED])),
        delivered=Count("pk", filter=Q(delivery_status=status.DELIVERED)),
        read=Count("pk", filter=Q(read_at__isnull=False)),
        clicked=Count("pk", filter=Q(clicked_at__isnull=False)),
        failed=Count("pk", filter=Q(delivery_status=status.FAILED)),
    )


def advance(*, clock: Callable[[], dt.datetime], until: dt.datetime) -> int:
    """Writes batches of what is due until all is written or the time is over; returns how many notifications."""
    written = 0
    while clock() < until and (batch := _advance_one(now=clock())) is not None:
        written += batch
    return written


def _advance_one(*, now: dt.datetime) -> int | None:
    """One batch of one announcement. None: there is none due that another worker has not in hand."""
    with transaction.atomic():
        due = Announcement.objects.due(now).order_by("scheduled_for")
        announcement = due.select_for_update(skip_locked=True).first()
        if announcement is None:
            return None
        people = audience(announcement, now=now).order_by("pk")
        if announcement.last_user:
            people = people.filter(pk__gt=announcement.last_user)
        batch = list(people.only("pk", "language")[:BATCH])
        rows = Notification.objects.bulk_create(
            [_row(announcement, user, now=now) for user in batch], ignore_conflicts=True
        )
        announcement.state = State.SENDING if len(batch) == BATCH else State.DONE
        announcement.last_user = batch[-1].pk if batch else announcement.last_user
        announcement.written += len(rows)
        announcement.save(update_fields=["state", "last_user", "written", "updated_at"])
    return len(rows)


def _row(announcement: Announcement, user: User, *, now: dt.datetime) -> Notification:
    return Notification(
        user=user,
        title=_title(announcement, user.language),
        body=announcement.text("body", language=user.language),
        notification_type=Notification.Type.SYSTEM,
        target_platform=announcement.target_platform,
        data={"url": announcement.url} if announcement.url else {"to": ["notifications:inbox"]},
        scheduled_for=now,
        effect_key=f"announcement:{announcement.pk}:{user.pk}",
        marketing=announcement.is_marketing,
        announcement=announcement,
    )


def _title(announcement: Announcement, language: str) -> str:
    # The law's word stands in Korean, whatever language follows it.
    return (AD if announcement.is_marketing else "") + announcement.text("title", language=language)


def _latest_consent() -> Exists:
    """Said yes to advertising, and has not said no since."""
    mine = UserConsent.objects.filter(user=OuterRef("pk"), item=UserConsent.Item.MARKETING)
    later_no = UserConsent.objects.filter(
        user=OuterRef("user"), item=OuterRef("item"), granted=False, occurred_at__gt=OuterRef("occurred_at")
    )
    return Exists(mine.filter(~Exists(later_no), granted=True))
