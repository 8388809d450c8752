"""Security headers beyond Django's own, on every response, static files and errors included."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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


class HeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if user and user.is_authenticated:
            # The next user of the browser must not find the page; js/app.js deletes the page stored for offline use.
            response.headers.setdefault("Cache-Control", "private, no-store")
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
