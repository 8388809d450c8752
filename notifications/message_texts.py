"""Text of a notification as it is sent: its own, or one for all bundled into it.

render(notification)        title and body
sections(notification)      the longer text of a mail, stored in its data; () where it has none, or others are bundled with it
"""

from django.utils import translation
from django.utils.translation import gettext as _

from notifications import outbox
from notifications.channels.base import Section
from notifications.models import Notification

# The texts of a bundle, by its type.
_TEMPLATES = {Notification.Type.ACHIEVEMENT: "bundle_achievement", Notification.Type.CHEER: "bundle_cheer"}


def render(notification: Notification) -> tuple[str, str]:
    """Title and body, in the person's language."""
    bundled = list(notification.bundled.order_by("scheduled_for", "id"))
    if not bundled:
        return notification.texts
    names = [name for row in [notification, *bundled] for name in _names(row)]
    template = _TEMPLATES.get(Notification.Type(notification.notification_type), "bundle")
    return outbox.render(template, {"names": names, "count": len(names)}, language=notification.user.language)


def sections(notification: Notification) -> tuple[Section, ...]:
    data = notification.data if isinstance(notification.data, dict) else {}
    if not data.get("sections") or notification.bundled.exists():
        return ()
    return tuple(Section(one["title"], one["lines"]) for one in data["sections"])


def _names(row: Notification) -> list[str]:
    """What one row tells of: one message can tell of several achievements."""
    data = row.data if isinstance(row.data, dict) else {}
    if row.notification_type == Notification.Type.ACHIEVEMENT and data.get("names"):
        return list(data["names"])
    if row.notification_type == Notification.Type.CHEER and data.get("name"):
        return [f"{data['name']} ({data['habit']})"]
    if row.notification_type == Notification.Type.COACHING and data.get("is_by_ai"):
        with translation.override(row.user.language):
            return [f"{row.texts[0]} ({_('AI가 생성')})"]
    return [row.texts[0]]
