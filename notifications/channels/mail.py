"""E-mail, for those who choose it: the words themselves, since the mailbox is the person's own."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from notifications.channels import Accepted, Answer, NotYet, Parcel, Refused, Unsure

_TEMPORARY = range(400, 500)


def send(parcel: Parcel) -> Answer:
    try:
        message(parcel).send()
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        return NotYet(f"answered {code}") if code in _TEMPORARY else Refused(f"answered {code}")
    except smtplib.SMTPResponseException as error:
        return (
            NotYet(f"answered {error.smtp_code}")
            if error.smtp_code in _TEMPORARY
            else Refused(f"answered {error.smtp_code}")
        )
    except (smtplib.SMTPConnectError, ConnectionRefusedError):
        return NotYet("no connection")
    except (smtplib.SMTPException, OSError):
        return Unsure("connection lost")
    return Accepted()


def message(parcel: Parcel) -> EmailMessage:
    parts = [parcel.body, parcel.url]
    headers = {"Message-ID": f"<{parcel.delivery_id}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].strip('<> ')}>"}
    if parcel.opt_out_url:
        sender = f"{settings.OPERATOR_NAME} · {settings.SUPPORT_EMAIL}"
        parts += [sender, _("소식을 그만 받으려면 한 번만 누르면 돼요: %(url)s") % {"url": parcel.opt_out_url}]
        headers |= {
            "List-Unsubscribe": f"<{parcel.opt_out_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    else:
        parts.append(_("알림 설정은 앱의 ‘알림 설정’에서 바꿀 수 있어요."))
    body = "\n\n".join(part for part in parts if part)
    # A habit's name may have lines; a subject has one.
    return EmailMessage(subject=" ".join(parcel.title.split()), body=body, to=[parcel.address], headers=headers)
