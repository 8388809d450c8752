"""Links of notifications.

The only domain module that calls `reverse`: mail and pushes need addresses.
"""

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from notifications import unsubscribe_links
from notifications.models import Notification, is_own_path


def target_path(notification: Notification) -> str:
    """The page on our site that a tap opens; Today when that page does not exist (any more)."""
    data = notification.data if isinstance(notification.data, dict) else {}
    if is_own_path(str(data.get("url", ""))):
        return data["url"]
    route, *arguments = data.get("to") or [settings.LOGIN_REDIRECT_URL]
    try:
        return reverse(route, args=arguments)
    except NoReverseMatch:
        return reverse(settings.LOGIN_REDIRECT_URL)


def target_url(notification: Notification) -> str:
    return settings.SITE_URL + target_path(notification)


def unsubscribe_path(user: User) -> str:
    return reverse("notifications:opt-out", args=[unsubscribe_links.token(user)])


def unsubscribe_url(user: User) -> str:
    return settings.SITE_URL + unsubscribe_path(user)
