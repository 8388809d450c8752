"""Writes notifications: one row per effect key, in the caller's transaction.

Workers send them.

    outbox.send(user, template="achievement", effect_key=…, at=…, type=…, data=…)

`template` names two files, `templates/notifications/<template>.title.txt` and `.body.txt`, rendered with `data` in the
person's language. Writing an effect key a second time does nothing.

`data` is stored with the row, with what it takes to render it again for somebody who reads another language by then.
So dates and numbers go into it as they are, and words that have translations as `notifications/kept_words.py` makes them.
Its `to` is the target of a tap: a route and its arguments (`["habits:habit", "<id>"]`).
"""

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.text import Truncator
from uuid6 import uuid7

from accounts.models import User
from core import wakeups
from notifications import kept_words, preferences
from notifications.models import Notification, NotificationTally

TITLE_LENGTH = 200

_INSERT = """
    INSERT INTO notifications (id, user_id, title, body, sealed_title, sealed_body, notification_type, target_platform,
                               data, scheduled_for, effect_key, once, essential, expires_at, dispatched_at, sent_at, delivery_status)
    VALUES (%(id)s, %(user)s, '', '', %(title)s, %(body)s, %(type)s, %(platform)s, %(data)s, %(at)s,
            %(effect_key)s, %(once)s, %(essential)s, %(expires_at)s, %(dispatched_at)s, %(dispatched_at)s, %(status)s)
    ON CONFLICT (effect_key) DO NOTHING
"""
_DATA: Any = Notification._meta.get_field("data")
_COUNT = """
    INSERT INTO notification_tallies (counted_on, reason, count) VALUES (%s, %s, %s)
    ON CONFLICT (counted_on, reason) DO UPDATE SET count = notification_tallies.count + excluded.count
"""


def send(
    user: User,
    *,
    template: str,
    effect_key: str,
    at: dt.datetime,
    type: str,  # noqa: A002 -- the document's term
    data: Mapping[str, Any] | None = None,
    only_inbox: bool = False,
    once: bool = False,
    essential: bool = False,
    expires_at: dt.datetime | None = None,
    target_platform: str | None = None,
    wake_workers: bool = True,
) -> UUID | None:
    """Writes a notification due at `at`.

    None: it was written before, or the person does not want this type.

    `once` means at most once. `only_inbox` sends nothing. `essential` ignores switches and the daily limit. After
    `expires_at` it is dropped.
    """
    if not essential and not preferences.of(user).wants(type):
        return None
    data = data or {}
    title, body = render(template, data, language=user.language)
    notification_id = uuid7()
    values: dict[str, Any] = {
        "id": notification_id,
        "user": user.pk,
        **_sealed(notification_id, title=title, body=body),
        "type": type,
        "platform": target_platform,
        "data": _DATA.seal(kept_words.keep(data, template=template, language=user.language)),
        "at": at,
        "effect_key": effect_key,
        "once": once,
        "essential": essential,
        "expires_at": expires_at,
        "dispatched_at": at if only_inbox else None,
        "status": Notification.Delivery.SENT if only_inbox else Notification.Delivery.PENDING,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        if not cursor.rowcount:
            return None
    if wake_workers and not only_inbox:
        wake()
    return notification_id


def _sealed(notification_id: UUID, **texts: str) -> dict[str, str]:
    fields: dict[str, Any] = {name: Notification._meta.get_field(name) for name in texts}
    return {name: fields[name].seal(text, key=notification_id) for name, text in texts.items()}


def render(template: str, data: Mapping[str, Any], *, language: str) -> tuple[str, str]:
    """Title and body in `language` as plain text, the title on one line."""
    with translation.override(language):
        title = render_to_string(f"notifications/{template}.title.txt", dict(data))
        body = render_to_string(f"notifications/{template}.body.txt", dict(data))
    return Truncator(" ".join(title.split())).chars(TITLE_LENGTH), body.strip()


def forget(notifications: QuerySet[Notification]) -> int:
    """Deletes notifications whose content the person deleted, sent or not; gives their number."""
    deleted, _by_model = notifications.delete()
    return deleted


def speaking_to(user: User) -> AbstractContextManager[None]:
    """A context in which texts are in the person's language."""
    return translation.override(user.language)


def wake() -> None:
    """Wakes the workers when the transaction is committed."""
    wakeups.wake_on_commit("notifications.deliver")


def count(reason: str, *, on: dt.date, times: int = 1) -> None:
    """Adds to the day's count of notifications not sent.

    `reason` comes from a short list, never from outside.
    """
    if times:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [on, reason, times])


def counted(reason: str) -> int:
    """The sum over all days."""
    return sum(NotificationTally.objects.filter(reason=reason).values_list("count", flat=True))
