"""What browsers are told about every answer of ours, static files and errors included, beyond what Django tells them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Nothing of ours needs the device but passkeys and copying; photos come from the file dialogue.
_OURS = ("publickey-credentials-create", "publickey-credentials-get", "clipboard-write", "fullscreen")
_NOBODYS = (
    "accelerometer autoplay browsing-topics camera display-capture encrypted-media geolocation gyroscope hid"
    " identity-credentials-get idle-detection local-fonts magnetometer microphone midi payment picture-in-picture"
    " screen-wake-lock serial storage-access usb xr-spatial-tracking"
)
HEADERS = {
    # Photos and pages are for pages of ours alone: another site can neither embed nor read them.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": ", ".join(
        [*(f"{feature}=(self)" for feature in _OURS), *(f"{feature}=()" for feature in _NOBODYS.split())]
    ),
}


class HeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if user and user.is_authenticated:
            # Nobody else finds somebody's page in the browser afterwards; the one kept for offline goes by js/app.js.
            response.headers.setdefault("Cache-Control", "private, no-store")
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
