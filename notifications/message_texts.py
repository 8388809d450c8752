"""Text of a notification as it is sent: its own, or one for all bundled into it."""

from notifications import outbox
from notifications.models import Notification


def render(notification: Notification) -> tuple[str, str]:
    """Title and body, in the person's language."""
    title, body = notification.texts
    names = [row.texts[0] for row in notification.bundled.order_by("scheduled_for", "id")]
    if not names:
        return title, body
    names.insert(0, title)
    bundle = {"names": names, "count": len(names)}
    return outbox.render("bundle", bundle, language=notification.user.language)
