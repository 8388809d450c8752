"""Time zones to choose from: places, each with its current offset from UTC."""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts import days

_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def place(zone: str) -> str:
    """The place that names a zone; Korea's in the active language."""
    return _("서울") if zone == "Asia/Seoul" else zone.rpartition("/")[2].replace("_", " ")


def choices(*, at: dt.datetime) -> list[tuple[str, str]]:
    """`[("Asia/Seoul", "UTC+9"), …]` from west to east."""
    return _choices(at.replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=2)
def _choices(at: dt.datetime) -> list[tuple[str, str]]:
    places = [name for name in days.zone_names() if name.startswith(_REGIONS) and "/" in name] + ["UTC"]
    offsets = {name: at.astimezone(ZoneInfo(name)).utcoffset() or dt.timedelta() for name in places}
    return [(name, _written(offsets[name])) for name in sorted(places, key=lambda name: (offsets[name], name))]


def _written(offset: dt.timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
