"""Why a notification was not sent, in the words of staff.

Other reasons are the answers of services and shown as they are.
"""

from django.utils.translation import gettext_lazy as _

from core.text_format import Text
from notifications import announcements, channels, delivery_policy, delivery_worker

REASONS: dict[str, Text] = {
    delivery_policy.LATE: _("너무 늦어서"),
    delivery_policy.SWITCHED_OFF: _("꺼 두어서"),
    delivery_policy.NO_CONSENT: _("동의하지 않아서"),
    delivery_policy.INACTIVE: _("쓸 수 없는 계정이라서"),
    delivery_policy.QUIET: _("조용한 시간이라서"),
    delivery_policy.DAILY_LIMIT: _("하루 최대를 채워서"),
    delivery_policy.HELD: _("지금은 보내지 않기로 해서"),
    delivery_worker.UNKNOWN: _("갔는지 알 수 없어서"),
    delivery_worker.REFUSED: _("보내는 곳이 우리 열쇠를 받지 않아서"),
    announcements.STOPPED: _("공지를 멈춰서"),
    # Of habits/reminders.py.
    "reminder late": _("습관 알림이 늦어서"),
}
# What our own channels say.
ANSWERS: dict[str, Text] = {
    "no answer": _("답이 없어서"),
    "no answer in time": _("제때 답이 없어서"),
    "no connection": _("연결되지 않아서"),
    "connection lost": _("연결이 끊겨서"),
}


def text(reason: str | None) -> str:
    """A stored reason in words; of one with a channel behind it, both."""
    code, _colon, channel = (reason or "").partition(": ")
    if code not in (known := REASONS | ANSWERS):
        return reason or ""
    labels = {name: str(label) for name, label in channels.choices()}
    return f"{known[code]} · {labels.get(channel, channel)}" if channel else str(known[code])
