"""Texts of notifications in the reader's language, whatever language they were written in.

MessageTexts(language).of(notification)     title and body as the inbox shows them
render(notification)                        the same as it is sent: its own, or one for all bundled into it
sections(notification)                      the longer text of a mail, stored in its data; () where it has none,
                                            or others are bundled with it
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import structlog
from django.utils import translation
from django.utils.translation import gettext as _

from notifications import announcements, kept_words, outbox
from notifications.channels.base import Section
from notifications.kept_words import KeptWords, Written
from notifications.models import Announcement, Notification

log = structlog.get_logger(__name__)

# The texts of a bundle, by its type.
_TEMPLATES = {Notification.Type.ACHIEVEMENT: "bundle_achievement", Notification.Type.CHEER: "bundle_cheer"}


class MessageTexts:
    """Says notifications in one language.

    Those that were written in it, or before that was stored, have their stored texts, and cost nothing more.
    """

    def __init__(self, language: str):
        self.language = language
        self._words = KeptWords(language)
        self._announcements: dict[UUID, Announcement] = {}

    def load(self, notifications: Iterable[Notification]) -> None:
        """Reads at once what it takes to say them."""
        others = [(row, how) for row in notifications if (how := self._in_other_language(row))]
        self._words.load(how for _row, how in others)
        ids = {row.announcement_id for row, _how in others if row.announcement_id} - self._announcements.keys()
        if ids:
            self._announcements |= Announcement.objects.in_bulk(ids)

    def of(self, notification: Notification) -> tuple[str, str]:
        """Title and body; the stored ones where they cannot be said in this language."""
        how = self._in_other_language(notification)
        if how is None:
            return notification.texts
        try:
            texts = self._render(notification, how)
        except Exception as error:  # whatever is wrong with a template, the stored text is shown
            log.warning("notification kept as written", template=how.template, error=type(error).__name__)
            return notification.texts
        return texts if texts[0] else notification.texts

    def data_of(self, notification: Notification) -> dict[str, Any]:
        data = notification.data if isinstance(notification.data, dict) else {}
        return self._words.say(data) if self._in_other_language(notification) else data

    def _in_other_language(self, notification: Notification) -> Written | None:
        how = kept_words.written(notification.data)
        return how if how and how.language != self.language else None

    def _render(self, notification: Notification, how: Written) -> tuple[str, str]:
        if how.template:
            return outbox.render(how.template, self.data_of(notification), language=self.language)
        self.load([notification])
        found = self._announcements.get(notification.announcement_id) if notification.announcement_id else None
        return announcements.texts_in(found, self.language) if found else notification.texts


def render(notification: Notification) -> tuple[str, str]:
    """Title and body, in the person's language."""
    bundled = list(notification.bundled.order_by("scheduled_for", "id"))
    texts = MessageTexts(notification.user.language)
    if not bundled:
        return texts.of(notification)
    rows = [notification, *bundled]
    texts.load(rows)
    names = [name for row in rows for name in _names(row, texts)]
    template = _TEMPLATES.get(Notification.Type(notification.notification_type), "bundle")
    return outbox.render(template, {"names": names, "count": len(names)}, language=texts.language)


def sections(notification: Notification) -> tuple[Section, ...]:
    """In the person's language."""
    data = notification.data if isinstance(notification.data, dict) else {}
    if not data.get("sections") or notification.bundled.exists():
        return ()
    found = data["sections"]
    if isinstance(found, dict):
        found = found.get(notification.user.language) or next(iter(found.values()))
    return tuple(Section(one["title"], one["lines"]) for one in found)


def _names(row: Notification, texts: MessageTexts) -> list[str]:
    """What one row tells of: one message can tell of several achievements."""
    data = texts.data_of(row)
    if row.notification_type == Notification.Type.ACHIEVEMENT and data.get("names"):
        return list(data["names"])
    if row.notification_type == Notification.Type.CHEER and data.get("name"):
        return [f"{data['name']} ({data['habit']})"]
    title = texts.of(row)[0]
    if row.notification_type == Notification.Type.COACHING and data.get("is_by_ai"):
        with translation.override(texts.language):
            return [f"{title} ({_('AI가 생성')})"]
    return [title]
