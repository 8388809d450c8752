"""Arithmetic of calendar months. A month is named by its first day."""

import calendar
import datetime as dt


def later(day: dt.date, months: int) -> dt.date:
    """The first day of the month that is `months` months after that of `day`.

    It is before it where `months` is negative. Raises ValueError outside the years 1 to 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)


def last_day(day: dt.date) -> dt.date:
    """The last day of the month of `day`."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
