"""Context of the notification settings beside the form: channels, devices, consents."""

import datetime as dt
from typing import Any

from accounts.models import User
from notifications import channels, consent_notices
from notifications.forms import ConsentForm


def page(user: User, *, now: dt.datetime) -> dict[str, Any]:
    return {
        "channel_rows": [
            {"template": channel.settings_template, **channel.settings_row()}
            for channel in channels.CHANNELS.values()
            if channel.settings_template
        ],
        "consents": ConsentForm.showing(consent_notices.current_answers(user)),
        "renewable": consent_notices.is_renewal_due(user, now=now),
        "devices": user.devices.filter(is_active=True).order_by("-last_used_at"),
    }
