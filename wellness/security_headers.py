"""Security headers beyond Django's own, on every response, static files and errors included."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.crypto import salted_hmac

from accounts.models import User

# Our pages use only passkeys, copying and full screen; photos come from the file dialog.
_ALLOWED = ("publickey-credentials-create", "publickey-credentials-get", "clipboard-write", "fullscreen")
_DENIED = (
    "accelerometer autoplay browsing-topics camera display-capture encrypted-media geolocation gyroscope hid"
    " identity-credentials-get idle-detection local-fonts magnetometer microphone midi payment picture-in-picture"
    " screen-wake-lock serial storage-access usb xr-spatial-tracking"
)
HEADERS = {
    # Only our own pages may load photos and pages: another site can neither embed nor read them.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": ", ".join(
        [*(f"{feature}=(self)" for feature in _ALLOWED), *(f"{feature}=()" for feature in _DENIED.split())]
    ),
}


def pseudonym(user: User) -> str:
    """Distinguishes kept pages by person, and from before all devices were signed out."""
    return salted_hmac("wellness.kept pages", f"{user.pk} {user.sessions_epoch}", algorithm="sha256").hexdigest()[:16]


def _keep_for_one(response: HttpResponse) -> None:
    """What every person may get from a cache between us and them says nothing of one.

    A response that also sets a cookie, such as the next token of a device, is not for such a cache.
    """
    if response.cookies:
        patch_cache_control(response, private=True)


class HeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if "public" in response.headers.get("Cache-Control", ""):
            _keep_for_one(response)
        elif user and user.is_authenticated:
            # The next user of the browser must not find the page. The service worker (templates/sw.js) keeps Today for
            # three days, and only while pages of the same person arrive.
            response.headers.setdefault("Cache-Control", "private, no-store")
            response.headers["Kept-For"] = pseudonym(user)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
