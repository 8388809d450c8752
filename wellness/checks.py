"""System checks of the settings."""

from typing import Any

from django.conf import settings
from django.core.checks import Tags, Warning, register  # noqa: A004 - Django's name


@register(Tags.security)
def check_allowed_hosts(**_rest: Any) -> list[Warning]:
    """Warns where any Host header is taken: links and redirects of a page would follow it."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Warning(
            "ALLOWED_HOSTS=* takes requests with any Host header.",
            hint="Name the hosts that people use, such as wellness.example.",
            id="wellness.W001",
        )
    ]
