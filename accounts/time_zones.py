"""Time zones to choose from: places by region, each with its current offset from UTC."""

import datetime as dt
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import days

# Written by `manage.py places`.
PLACES = Path(__file__).parent / "content"
_REGIONS = {
    "Asia": gettext_lazy("아시아"),
    "Pacific": gettext_lazy("태평양"),
    "Australia": gettext_lazy("오스트레일리아"),
    "Europe": gettext_lazy("유럽"),
    "Africa": gettext_lazy("아프리카"),
    "America": gettext_lazy("아메리카"),
    "Atlantic": gettext_lazy("대서양"),
    "Indian": gettext_lazy("인도양"),
    "Arctic": gettext_lazy("북극"),
    "Antarctica": gettext_lazy("남극"),
}


def place(zone: str) -> str:
    """The place that names a zone, in the active language."""
    return _places(get_language() or "").get(zone) or zone.rpartition("/")[2].replace("_", " ")


@cache
def _places(language: str) -> dict[str, str]:
    """Zones and their places; empty for English, in which zones are named."""
    file = PLACES / f"places.{language}.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return dict(line.split(" ", 1) for line in lines if not line.startswith("#"))


def choices(*, at: dt.datetime, chosen: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """`[("아시아", [("Asia/Seoul", "서울 (UTC+9)"), …]), …]`, always with `chosen`.

    The zones of a region are in the order of their places.
    """
    offsets = _offsets(at.replace(minute=0, second=0, microsecond=0))
    zones = sorted(offsets, key=lambda zone: (place(zone), zone))
    groups = [(str(region), [zone for zone in zones if zone.startswith(f"{key}/")]) for key, region in _REGIONS.items()]
    groups.append((_("그 밖"), ["UTC"] if chosen in offsets else ["UTC", chosen]))
    return [(region, _named(zones, offsets, chosen=chosen)) for region, zones in groups]


def _named(zones: list[str], offsets: dict[str, str], *, chosen: str) -> list[tuple[str, str]]:
    """Zones with their labels. A place with an old and a new name of its zone is listed once."""
    by_label: dict[str, str] = {}
    for zone in zones:
        label = f"{place(zone)} ({offsets[zone]})" if zone in offsets else zone
        if label not in by_label or zone == chosen:
            by_label[label] = zone
    return [(zone, label) for label, zone in by_label.items()]


@lru_cache(maxsize=2)
def _offsets(at: dt.datetime) -> dict[str, str]:
    """The offset of each listed zone."""
    zones = [name for name in days.zone_names() if name.partition("/")[0] in _REGIONS]
    return {zone: _written(at.astimezone(ZoneInfo(zone)).utcoffset() or dt.timedelta()) for zone in [*zones, "UTC"]}


def _written(offset: dt.timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
