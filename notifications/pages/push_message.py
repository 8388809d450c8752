"""What a device shows for a push. The device asks for it by the delivery's id, signed in."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from notifications import holds, inbox, message_links, message_texts
from notifications.delivery_policy import NUDGES


def content(user: User, delivery_id: UUID) -> dict[str, Any]:
    """Raises NotificationDelivery.DoesNotExist when it is not the person's."""
    notification = inbox.get_delivery(user, delivery_id).notification
    if notification.notification_type in NUDGES and holds.is_held(user, timezone.now()):
        # It was sent before the hold: the device has to show something.
        with override(user.language):
            text = _("새 알림이 있어요. 열어서 확인해 보세요.")
        return {"title": "WellnessAI", "body": text, "url": reverse("notifications:inbox")}
    with override(user.language):
        title, body = message_texts.render(notification)
        shown: dict[str, Any] = {"title": title, "body": body, "url": message_links.target_path(notification)}
        if notification.marketing:
            shown["stop"] = {"title": _("그만 받기"), "url": message_links.unsubscribe_path(user)}
    return shown
