"""Feasts of the Korean lunar calendar, and the lunar date of a day."""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from korean_lunar_calendar import KoreanLunarCalendar

type Feast = Literal["seollal", "daeboreum", "dano", "chuseok"]

# Lunar month and day.
FEASTS: Mapping[Feast, tuple[int, int]] = MappingProxyType(
    {"seollal": (1, 1), "daeboreum": (1, 15), "dano": (5, 5), "chuseok": (8, 15)}
)
# The last year that korean_lunar_calendar knows.
LAST_LUNAR_YEAR = 2050


@lru_cache(maxsize=1024)
def lunar_day(day: dt.date) -> tuple[int, int] | None:
    """Month and day of the Korean lunar calendar.

    None in a leap month and beyond LAST_LUNAR_YEAR.
    """
    calendar = KoreanLunarCalendar()
    if not calendar.setSolarDate(day.year, day.month, day.day) or calendar.isIntercalation:
        return None
    return calendar.lunarMonth, calendar.lunarDay
