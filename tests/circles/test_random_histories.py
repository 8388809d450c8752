"""Nobody ever sees a day that they may not, in page, push, mail, inbox, export and cache.

Random histories (tests/circles/circle_history.py) against the rules alone (tests/circles/visibility_rules.py).
tests/faults/fault_circles.py runs ten thousand of them.
"""

from collections import Counter

import pytest

from notifications.channels import web_push
from tests.circles import circle_history
from tests.fakes import mail_server
from tests.fakes.mail_server import MailServer
from tests.fakes.push_service import PushService

FEW = 48

pytestmark = pytest.mark.django_db


@pytest.fixture
def circle(db, settings, tmp_path):
    """A circle of four, whose pushes and mails go to servers on this machine."""
    settings.MEDIA_ROOT, settings.DELETION_LEDGER = tmp_path / "media", tmp_path / "deletions.jsonl"
    with PushService(web_push.public_key()) as push, MailServer(mail_server.PASSWORD) as mail:
        settings.PUSH_TEST_ORIGINS = [push.origin]
        smtp = "django.core.mail.backends.smtp.EmailBackend"
        settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": mail.options}}
        yield circle_history.found(push, mail)


def test_nobody_sees_what_they_may_not(circle):
    looked_at: Counter[str] = Counter()

    for seed in range(FEW):
        looked_at += circle_history.run(seed, circle)

    # Not for want of something to look at.
    assert looked_at["browser"]
    assert all(looked_at[what] > FEW / 20 for what in ("rings", "cheers", "streak", "board", "push", "mail")), looked_at
