"""Writes the Korean names of the places that name time zones: `manage.py places`.

They are CLDR's, which Babel carries; a test compares the file with them.
"""

from pathlib import Path

from babel import Locale
from babel.core import get_global
from django.conf import settings
from django.core.management.base import BaseCommand

LANGUAGE = "ko"
FILE = Path(settings.BASE_DIR, "accounts", "content", f"places.{LANGUAGE}.txt")
HEAD = """\
# Written by `manage.py places` from CLDR (© Unicode, Inc., Unicode License v3): a time zone and the name of its place.
"""
# Where CLDR has an old name, or none.
NEWER = {
    "America/Coyhaique": "코야이케",
    "America/Nuuk": "누크",
    "Asia/Ho_Chi_Minh": "호찌민",
    "Asia/Yangon": "양곤",
    "Europe/Kyiv": "키이우",
}


def text() -> str:
    """The lines of the file. A zone with an old and a new name has the same place under both."""
    known, renamed = Locale(LANGUAGE).time_zones, get_global("zone_aliases")
    places: dict[str, str] = {}
    for zone in sorted({*known, *renamed, *renamed.values(), *NEWER}):
        now = renamed.get(zone, zone)
        same = [zone, now, *(old for old, new in renamed.items() if new == now)]
        named = (str(known[one]["city"]) for one in same if "city" in known.get(one, {}))
        if "/" in zone and (place := NEWER.get(now) or next(named, "")):
            places[zone] = place
    return HEAD + "".join(f"{zone} {place}\n" for zone, place in places.items())


class Command(BaseCommand):
    help = "Writes the Korean names of the places that name time zones."
    requires_system_checks = []

    def handle(self, **options: object) -> None:
        FILE.write_text(text())
        self.stdout.write(str(FILE.relative_to(settings.BASE_DIR)))
