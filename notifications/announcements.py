"""Announcements from staff to many people: audience, preview, schedule, progress, stop.

Batches go through people in the order of their key and write one outbox row each. A batch and its last key are
committed together, and each row has an effect key, so a worker that dies, or two at once, notify nobody twice.
"""

import copy
import datetime as dt
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User, UserConsent, UserSession
from core import small_cells
from notifications import kept_words
from notifications.models import Announcement, Notification, NotificationDelivery

BATCH = 500
STOPPED = "stopped"
# The law requires the Korean mark, whatever the language of the title.
AD = "(광고) "
State = Announcement.State
# The fields that leave people out.
_CONDITIONS = ("language", "inactive_days", "plan", "is_marketing")

# Filters by facts of apps above this one: billing adds the one by plan.
audience_filters: dict[str, Callable[[QuerySet[User], str, dt.datetime], QuerySet[User]]] = {}
# What such a filter may be set to, with the names for staff.
audience_choices: dict[str, Callable[[], list[tuple[str, str]]]] = {}


class WrongAnnouncementState(Exception):
    """The announcement is in a state that does not allow this, such as done or stopped."""


def audience(announcement: Announcement, *, now: dt.datetime) -> QuerySet[User]:
    """The people it is for at `now`."""
    people = User.objects.filter(is_active=True, anonymised_at=None)
    if announcement.language:
        people = people.filter(language=announcement.language)
    if announcement.inactive_days is not None:
        since = now - dt.timedelta(days=announcement.inactive_days)
        recent_sessions = UserSession.objects.filter(user=OuterRef("pk"), last_used_at__gt=since)
        people = people.filter(
            Q(last_login=None) | Q(last_login__lte=since), ~Exists(recent_sessions), created_at__lte=since
        )
    if announcement.plan:
        people = audience_filters["plan"](people, announcement.plan, now)
    if announcement.is_marketing:
        people = people.filter(_has_consent())
    return people


class AnnouncementReach(NamedTuple):
    """How many people an announcement is for.

    `wider` is the fewest that it would be for with one condition less, None without conditions.
    """

    people: int
    wider: int | None

    @property
    def told(self) -> str:
        return (
            small_cells.people_text(self.people)
            if self.wider is None
            else small_cells.part_text(self.people, self.wider)
        )

    @property
    def at_most(self) -> int:
        """The number that `told` gives away."""
        if self.wider is not None and small_cells.is_small(self.wider - self.people):
            return self.wider
        return small_cells.FEWEST - 1 if small_cells.is_small(self.people) else self.people


def reach(announcement: Announcement, *, now: dt.datetime, most: int | None = None) -> AnnouncementReach:
    """`most`: counts no further than one beyond it."""
    end = most + 1 if most else None
    counted = [audience(one, now=now)[:end].count() for one in (announcement, *_wider(announcement))]
    return AnnouncementReach(counted[0], min(counted[1:], default=None))


def _wider(announcement: Announcement) -> Iterator[Announcement]:
    """The same with one condition less, for each that it has."""
    for name in _CONDITIONS:
        if getattr(announcement, name):
            one = copy.copy(announcement)
            setattr(one, name, getattr(Announcement(), name))
            yield one


def texts(announcement: Announcement) -> list[dict[str, str]]:
    """What people would read, in each language."""
    both = {language: texts_in(announcement, language) for language in ("ko", "en")}
    return [{"language": language, "title": title, "body": body} for language, (title, body) in both.items()]


def texts_in(announcement: Announcement, language: str) -> tuple[str, str]:
    """Title and body as somebody who reads this language gets them."""
    title, body = (announcement.text(field, language=language) for field in ("title", "body"))
    return (AD if announcement.is_marketing else "") + title, body


def schedule(announcement: Announcement, *, at: dt.datetime) -> None:
    """Schedules a draft. Raises WrongAnnouncementState."""
    opened = Announcement.objects.filter(pk=announcement.pk, state=State.DRAFT)
    if not opened.update(state=State.SCHEDULED, scheduled_for=announcement.scheduled_for or at):
        raise WrongAnnouncementState
    announcement.refresh_from_db()


def stop(announcement: Announcement, *, now: dt.datetime) -> int:
    """Stops it; returns how many notifications were not sent yet and now never will be."""
    with transaction.atomic():
        locked = Announcement.objects.select_for_update().get(pk=announcement.pk)
        if not locked.can_stop:
            raise WrongAnnouncementState
        locked.state = State.STOPPED
        locked.save(update_fields=["state", "updated_at"])
        waiting = Notification.objects.filter(announcement=locked, dispatched_at=None)
        held = waiting.update(
            dispatched_at=now,
            cleared_at=now,
            delivery_status=Notification.Delivery.FAILED,
            failure_reason=STOPPED,
        )
        pending = NotificationDelivery.objects.filter(
            notification__announcement=locked, state=NotificationDelivery.State.PENDING
        )
        held += pending.update(state=NotificationDelivery.State.FAILED, due_at=None, failure_reason=STOPPED)
    announcement.refresh_from_db()
    return held


def progress(announcement: Announcement) -> dict[str, int]:
    """Counts of notifications by what became of them."""
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
    """Writes batches of due announcements until `until`; returns how many notifications."""
    written = 0
    while clock() < until and (batch := _advance_one(now=clock())) is not None:
        written += batch
    return written


def _advance_one(*, now: dt.datetime) -> int | None:
    """Writes one batch of one announcement. None: none is due, or other workers have them."""
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
    title, body = texts_in(announcement, user.language)
    data = {"url": announcement.url} if announcement.url else {"to": ["notifications:inbox"]}
    return Notification(
        user=user,
        title=title,
        body=body,
        notification_type=Notification.Type.SYSTEM,
        target_platform=announcement.target_platform,
        data=kept_words.keep(data, language=user.language),
        scheduled_for=now,
        effect_key=f"announcement:{announcement.pk}:{user.pk}",
        marketing=announcement.is_marketing,
        announcement=announcement,
    )


def _has_consent() -> Exists:
    """Agreed to advertising and did not withdraw since."""
    grants = UserConsent.objects.filter(user=OuterRef("pk"), item=UserConsent.Item.MARKETING)
    later_withdrawal = UserConsent.objects.filter(
        user=OuterRef("user"), item=OuterRef("item"), granted=False, occurred_at__gt=OuterRef("occurred_at")
    )
    return Exists(grants.filter(~Exists(later_withdrawal), granted=True))
