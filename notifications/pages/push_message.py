"""What a device shows for a push. The device asks for it by the delivery's id, signed in."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from notifications import inbox, message_links, message_texts


def content(user: User, delivery_id: UUID) -> dict[str, Any]:
    """Raises NotificationDelivery.DoesNotExist when it is not the person's."""
    notification = inbox.get_delivery(user, delivery_id).notification
    with override(user.language):
        title, body = message_texts.render(notification)
        shown: dict[str, Any] = {"title": title, "body": body, "url": message_links.target_path(notification)}
        if notification.marketing:
            shown["stop"] = {"title": _("그만 받기"), "url": message_links.unsubscribe_path(user)}
    return shown
