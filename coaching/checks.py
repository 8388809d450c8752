"""System checks of the coach."""

from typing import Any

from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name
from django.utils import timezone

from coaching.crisis import help_lines


def check_help_lines(**_options: Any) -> list[CheckMessage]:
    """Warns when the telephone numbers of help have not been verified for 90 days."""
    today = timezone.now().date()
    if help_lines.check_due_since(today) is None:
        return []
    age = today - help_lines.VERIFIED
    text = f"The numbers in coaching/crisis/help_lines.py were verified {age.days} days ago."
    return [Warning(text, hint="Call or look up each, then set VERIFIED.", id="coaching.W001")]
