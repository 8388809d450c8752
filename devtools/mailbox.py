"""Development's mail: each message goes to the console and to a folder that `/mailbox` shows. Nothing leaves."""

import dataclasses
import datetime as dt
import email.policy
import sys
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from uuid6 import uuid7

SHOWN = 50


class MailboxBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[mail.EmailMessage]) -> int:
        folder: Path = settings.MAILBOX
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            raw = message.message(policy=email.policy.default).as_bytes()
            (folder / f"{uuid7()}.eml").write_bytes(raw)
            sys.stderr.write(f"mail to {', '.join(message.to)}: {message.subject}\n{message.body}\n")
        return len(email_messages)


@dataclasses.dataclass(frozen=True)
class Mail:
    subject: str
    to: str
    body: str
    sent_at: dt.datetime


def latest() -> list[Mail]:
    """The newest mails first, at most 50."""
    files = sorted(settings.MAILBOX.glob("*.eml"), reverse=True)[:SHOWN]
    return [_read(file) for file in files]


def _read(file: Path) -> Mail:
    message = email.message_from_bytes(file.read_bytes(), EmailMessage, policy=email.policy.default)
    body = message.get_body(("plain",))
    return Mail(
        subject=message["subject"],
        to=message["to"],
        body=body.get_content() if body else "",
        sent_at=dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC),
    )
