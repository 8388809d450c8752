"""A month in whole weeks, as a wall calendar shows it. Pages give what each day holds."""

import calendar as calendars
import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from accounts.days import Calendar
from core import months
from core.text_format import date_text


def month_calendar(
    first: dt.date,
    calendar: Calendar,
    *,
    today: dt.date,
    here: str,
    cell: Callable[[dt.date], dict[str, Any]],
    earliest: dt.date = dt.date.min,
) -> dict[str, Any]:
    """The month of `first` with a `cell` for each day, and links to the months beside it."""
    weeks = calendars.Calendar(6 if calendar.week_start == "sunday" else 0).monthdatescalendar(first.year, first.month)
    before, after = months.later(first, -1), months.later(first, 1)
    return {
        "title": date_text(first, _("Y년 n월") if first.year != today.year else _("n월")),
        "caption": date_text(first, _("Y년 n월")),
        "weekdays": [date_text(day, "D") for day in weeks[0]],
        "weeks": [[cell(day) if day.month == first.month else None for day in week] for week in weeks],
        "before_url": f"{here}?month={before:%Y-%m}#month" if first > earliest else "",
        "before_text": date_text(before, _("n월")),
        "after_url": f"{here}?month={after:%Y-%m}#month" if after <= today else "",
        "after_text": date_text(after, _("n월")),
    }
