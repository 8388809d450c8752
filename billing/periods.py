"""The calendar of billing periods, in Korean time.

Pure functions: no database and no clock.

A period begins on the anchor day of a month, or on the month's last day where the month is shorter, at the time of day of
the first. The anchor is kept, so it never drifts: 31 January → 28 February → 31 March; 29 February → 28 February (2027) →
29 February (2028).
"""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from core import months as calendar_months

ZONE = ZoneInfo("Asia/Seoul")
TRIAL_DAYS = 14


class Cycle(TextChoices):
    MONTHLY = "monthly", _("매월")
    YEARLY = "yearly", _("매년")


MONTHS = {Cycle.MONTHLY: 1, Cycle.YEARLY: 12}


def months_later(start: dt.datetime, months: int, *, anchor: int, zone: ZoneInfo = ZONE) -> dt.datetime:
    """The instant so many months after `start`, on the anchor day."""
    local = start.astimezone(zone)
    last = calendar_months.last_day(calendar_months.later(local.date(), months))
    wall = dt.datetime.combine(last.replace(day=min(anchor, last.day)), local.time())
    return wall.replace(tzinfo=zone).astimezone(dt.UTC)


def end(start: dt.datetime, cycle: str, *, anchor: int, zone: ZoneInfo = ZONE) -> dt.datetime:
    """The end of the period that begins at `start`."""
    return months_later(start, MONTHS[Cycle(cycle)], anchor=anchor, zone=zone)


def latest_start(start: dt.datetime, cycle: str, *, anchor: int, now: dt.datetime) -> dt.datetime:
    """The beginning of the period that contains `now`, counted from `start`.

    A service that was down for longer than a period does not charge for the time it was away.
    """
    while (following := end(start, cycle, anchor=anchor)) <= now:
        start = following
    return start


def days_later(start: dt.datetime, days: int) -> dt.datetime:
    """The same time of day in Korea, so many days later."""
    return (start.astimezone(ZONE) + dt.timedelta(days=days)).astimezone(dt.UTC)


def day_of(at: dt.datetime) -> dt.date:
    """The Korean day of an instant."""
    return at.astimezone(ZONE).date()


def last_day(ends_at: dt.datetime) -> dt.date:
    """The last whole day before a period's end.

    A period that ends on 3 December can be used through the 2nd.
    """
    return day_of(ends_at) - dt.timedelta(days=1)


def days_between(start: dt.datetime, until: dt.datetime) -> int:
    return (day_of(until) - day_of(start)).days


def wall_clock(at: dt.datetime) -> dt.datetime:
    """What a clock in Korea shows, without a zone.

    A template shows an instant that has a zone in UTC.
    """
    return at.astimezone(ZONE).replace(tzinfo=None)
