"""Mail in development: printed to the console and stored for `/mailbox/`; none is sent."""

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

PAGE_SIZE = 50


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
class StoredMail:
    subject: str
    to: str
    body: str
    sent_at: dt.datetime


def latest() -> list[StoredMail]:
    """The newest mails, newest first, at most PAGE_SIZE."""
    files = sorted(settings.MAILBOX.glob("*.eml"), reverse=True)[:PAGE_SIZE]
    return [_read(file) for file in files]


def _read(file: Path) -> StoredMail:
    message = email.message_from_bytes(file.read_bytes(), EmailMessage, policy=email.policy.default)
    body = message.get_body(("plain",))
    return StoredMail(
        subject=message["subject"],
        to=message["to"],
        body=body.get_content() if body else "",
        sent_at=dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC),
    )
