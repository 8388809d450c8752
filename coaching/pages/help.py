"""The page of help, and its address.

Reads neither database nor session, so that it opens when both are down.
"""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format

from coaching.crisis import help_lines
from coaching.crisis.detection import Found
from coaching.crisis.words import Danger

LANGUAGE = "language"


def page() -> dict[str, Any]:
    return {
        "lines": help_lines.LINES,
        "other_lines": [(danger.value, line) for danger, line in help_lines.OTHER_LINES.items()],
        "verified": date_format(help_lines.VERIFIED, "DATE_FORMAT"),
    }


def address(found: Found, *, language: str) -> str:
    """The page in the person's language, opened at the line of what was found.

    The line is named after the `#`, which no browser sends: it is in no log.
    """
    part = found.danger.value
    if found.danger == Danger.SELF_HARM:
        part = "someone-else" if found.someone_else else ""
    return f"{reverse('coaching:help')}?{urlencode({LANGUAGE: language})}" + (f"#{part}" if part else "")
