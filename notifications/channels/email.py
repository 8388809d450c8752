"""E-mail, for people who choose it.

Mail holds the text itself: the mailbox is the person's own.
"""

import smtplib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.channels.base import (
    Accepted,
    Channel,
    Message,
    RetryLater,
    SendResult,
    StatusCodes,
    Switch,
    UnknownDelivery,
)

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import NotificationDevice


class EmailChannel(Channel):
    key = "email"
    label = gettext_lazy("메일")
    switch = Switch("email", gettext_lazy("메일로도 받기"))
    setting_names = ("EMAIL_URL", "DEFAULT_FROM_EMAIL")
    # SMTP reply codes of refusals (RFC 5321 4.2.1): 4yz is transient, 5yz permanent.
    # RFC 4954 6: 530 authentication required, 534 mechanism too weak, 535 credentials invalid, 538 encryption required.
    status_codes = StatusCodes(credentials_refused=(530, 534, 535, 538), retry_later=range(400, 500))
    sends_text = True
    is_fallback = True

    def is_set_up(self) -> bool:
        """Always: the application does not start without a mail server."""
        return True

    def targets(self, user: "User", devices: Sequence["NotificationDevice"]) -> Sequence[None]:
        return [None] if user.is_verified else []

    def address(self, user: "User", device: "NotificationDevice | None") -> str:
        return user.email

    def send(self, message: Message) -> SendResult:
        try:
            compose(message).send()
        except smtplib.SMTPRecipientsRefused as error:
            return self.status_codes.result(next(iter(error.recipients.values()))[0])
        except smtplib.SMTPResponseException as error:
            return self.status_codes.result(error.smtp_code)
        except (smtplib.SMTPConnectError, ConnectionRefusedError):
            return RetryLater("no connection")
        except (smtplib.SMTPException, OSError):
            return UnknownDelivery("connection lost")
        return Accepted()


def compose(message: Message) -> EmailMultiAlternatives:
    """A text; one with sections has them in HTML as well."""
    headers = {"Message-ID": f"<{message.delivery_id}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].strip('<> ')}>"}
    if message.unsubscribe_url:
        headers |= {
            "List-Unsubscribe": f"<{message.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    # A habit's name may have lines; a subject has one.
    subject = " ".join(message.title.split())
    body = "\n\n".join(part for part in (*_paragraphs(message), message.url, *_ending(message)) if part)
    mail = EmailMultiAlternatives(subject=subject, body=body, to=[message.address], headers=headers)
    if message.sections:
        context = {"message": message, "subject": subject, "ending": _ending(message)}
        mail.attach_alternative(render_to_string("notifications/mail.html", context), "text/html")
    return mail


def _paragraphs(message: Message) -> Sequence[str]:
    if not message.sections:
        return [message.body]
    # A title stands on the line above its first paragraph.
    return [
        "\n".join(filter(None, (section.title if not n else "", line)))
        for section in message.sections
        for n, line in enumerate(section.lines)
    ]


def _ending(message: Message) -> Sequence[str]:
    """Who sends it, and how to have no more of it."""
    if not message.unsubscribe_url:
        return [_("알림 설정은 앱의 ‘알림 설정’에서 바꿀 수 있어요.")]
    sender = f"{settings.OPERATOR_NAME} · {settings.SUPPORT_EMAIL}"
    return [sender, _("소식을 그만 받으려면 한 번만 누르면 돼요: %(url)s") % {"url": message.unsubscribe_url}]
