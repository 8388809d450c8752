"""FCM HTTP v1 for the iOS and Android apps, with the account of `FCM_SERVICE_ACCOUNT`."""

from django.conf import settings
from django.utils.translation import gettext_lazy

from notifications.channels.base import DeviceChannel, Message, SendResult, StatusCodes

TOKEN_LENGTH = 4096


class FCMChannel(DeviceChannel):
    key = "fcm"
    label = gettext_lazy("앱")
    setting_names = ("FCM_SERVICE_ACCOUNT", "FCM_URL")
    status_codes = StatusCodes(
        accepted=(200,),
        invalid_target=(404,),
        credentials_refused=(401, 403),
        retry_later=(429, 503),
        unknown_outcome=range(500, 600),
    )
    platforms = frozenset({"ios", "android"})
    fingerprint_prefix = "app"

    def is_set_up(self) -> bool:
        return bool(settings.FCM_SERVICE_ACCOUNT)

    def identify(self, address: str) -> str:
        if not 1 <= len(address) <= TOKEN_LENGTH or not address.isascii() or not address.isprintable():
            raise ValueError("not a token")
        return address

    def send(self, message: Message) -> SendResult:
        """Sends the same text to everyone; the app fetches the real text by the delivery's id."""
        # Loads Google's library and an HTTP client, 30 MB that web processes, which send nothing, do not need.
        from notifications.channels import fcm_client  # noqa: PLC0415

        return fcm_client.send(message, self.status_codes)
