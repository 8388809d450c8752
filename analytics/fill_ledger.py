"""Which closed days of which zone have been filled, and which still have to be.

    zones()                          every (zone, day start) that people live by, and those that were filled before
    missing(metric, zone, now=…)     its closed days that are not done, oldest first
    start(…), finish(…)              STARTED is committed before the fill, DONE with it
    behind(now)                      the zones whose days are hours late: an operator must find out why

A zone without an entry begins with its last closed day: what people recorded before is marked stale by the triggers.
"""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection
from django.db.models import Max, Q
from django.db.models.functions import Now

from accounts.days import ONE_DAY, Calendar
from analytics.models import AggregateFill

State = AggregateFill.State

USER_ANALYTICS = "user_analytics"
# After the end of a day: requests that began in it have committed, and buffered events are written.
GRACE = dt.timedelta(minutes=10)
# A day that is still missing this long after its end is a gap.
LATE = dt.timedelta(hours=6)
# Jumps from zone to zone in the index, whatever the number of people.
_ZONES_OF_PEOPLE = """
    WITH RECURSIVE zones AS (
        (SELECT timezone, day_start FROM users ORDER BY timezone, day_start LIMIT 1)
        UNION ALL
        SELECT following.* FROM zones, LATERAL (
            SELECT users.timezone, users.day_start FROM users
            WHERE (users.timezone, users.day_start) > (zones.timezone, zones.day_start)
            ORDER BY users.timezone, users.day_start LIMIT 1
        ) AS following
    )
    SELECT timezone, day_start FROM zones
"""


class Zone(NamedTuple):
    """People with the same time zone and the same hour at which their day begins."""

    name: str
    day_start: int

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.name, self.day_start)


def zones() -> list[Zone]:
    """Those of people and those of the ledger, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_ZONES_OF_PEOPLE)
        people = cursor.fetchall()
    filled = AggregateFill.objects.values_list("zone", "day_start").distinct()
    return sorted({Zone(*row) for row in people} | {Zone(*row) for row in filled})


def last_closed(calendar: Calendar, now: dt.datetime) -> dt.date:
    return calendar.day_of(now) - ONE_DAY


def missing(metric: str, zone: Zone, *, now: dt.datetime) -> list[dt.date]:
    """The closed days that are not done, oldest first."""
    last = last_closed(zone.calendar, now - GRACE)
    fills = AggregateFill.objects.filter(metric=metric, zone=zone.name, day_start=zone.day_start)
    latest = fills.filter(state=State.DONE).aggregate(day=Max("counted_on"))["day"]
    if latest is None:
        latest = min([last, *fills.values_list("counted_on", flat=True)]) - ONE_DAY
    return [latest + n * ONE_DAY for n in range(1, (last - latest).days + 1)]


def start(metric: str, zone: Zone, day: dt.date) -> None:
    AggregateFill.objects.get_or_create(metric=metric, zone=zone.name, day_start=zone.day_start, counted_on=day)


def finish(metric: str, zone: Zone, day: dt.date) -> None:
    """Called in the transaction of the fill."""
    its = AggregateFill.objects.filter(metric=metric, zone=zone.name, day_start=zone.day_start, counted_on=day)
    its.update(state=State.DONE, done_at=Now())


def behind(now: dt.datetime) -> list[str]:
    """The zones whose last closed day is still missing hours after its end.

    Empty before the first fill.
    """
    rows: Iterable[tuple[str, str, int, dt.date | None]] = AggregateFill.objects.values_list(
        "metric", "zone", "day_start"
    ).annotate(latest=Max("counted_on", filter=Q(state=State.DONE)))
    return [
        f"{metric} {zone} {day_start}"
        for metric, zone, day_start, latest in rows
        if latest is None or latest < last_closed(Calendar(zone, day_start), now - LATE)
    ]
