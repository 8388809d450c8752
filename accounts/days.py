"""Converts instants to a person's days and back.

The only module that turns an instant into a day.

A day depends on the person's time zone and the hour their day starts. It begins at the first instant at which the wall
clock has reached that hour and ends where the next day begins. So each instant belongs to exactly one day, also when
the clock skips or repeats an hour, or skips a date (Apia, 2011-12-30).

    calendar = Calendar(zone="Asia/Seoul", day_start=4, week_start="monday")
    calendar.day_of(instant)        the day an instant belongs to
    calendar.bounds(day)            (start, end) in UTC, end excluded; start == end for a skipped date
    calendar.exists(day)            False for a skipped date
    calendar.at(day, time)          the instant at which a person's clock shows `time` within their `day`
    calendar.next_turn(instant)     when the day of `instant` ends
    calendar.week_of(day)           the first day of its week
    calendar.part_of_day(instant)   "morning", "afternoon", "evening" or "night", for greetings
    zone_names()                    every zone a person may choose
    reach(first, last)              (since, until): the instants of these days, for anybody

Instants are aware datetimes; results are in UTC. Nothing here reads the clock.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

type WeekStart = Literal["monday", "sunday"]
type PartOfDay = Literal["morning", "afternoon", "evening", "night"]

LATEST_DAY_START = 5
ONE_DAY = timedelta(days=1)
WEEK = 7 * ONE_DAY

# Names whose meaning differs between machines, or that are no place.
NOT_A_PLACE = {"localtime", "Factory", "posixrules"}


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones() - NOT_A_PLACE)


def reach(first: date, last: date) -> tuple[datetime, datetime]:
    """(since, until): every instant of the days from `first` to `last`, in any zone.

    `until` is excluded.
    A day is within one day of its date in UTC. A query that is limited so opens the partitions of these months only.
    """
    midnight = time(tzinfo=UTC)
    return datetime.combine(first - ONE_DAY, midnight), datetime.combine(last + 2 * ONE_DAY, midnight)


def monday_of(day: date) -> date:
    """The Monday on or before `day`; a person's own week may begin on a Sunday (`week_of`)."""
    return day - day.weekday() * ONE_DAY


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    if name not in zone_names():
        raise ValueError(f"unknown time zone: {name!r}")
    return ZoneInfo(name)


@lru_cache(maxsize=16384)
def _first_instant(zone: ZoneInfo, wall: datetime) -> datetime:
    """The first instant at which the clock in `zone` shows `wall` or later.

    That is the first of two instants when the hour repeats, and the end of the gap when it is skipped.
    """
    earlier, later = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if earlier.astimezone(zone).replace(tzinfo=None) >= wall:
        return earlier
    while later - earlier > timedelta(seconds=1):
        middle = (earlier + (later - earlier) / 2).replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            later = middle
        else:
            earlier = middle
    return later


@dataclass(frozen=True, slots=True)
class Calendar:
    """A person's calendar. `zone` is an IANA name, `day_start` an hour from 0 to 5.

    Raises ValueError for an unknown zone and for values out of range, instead of falling back to another zone.
    """

    zone: str
    day_start: int = 0
    week_start: WeekStart = "monday"

    def __post_init__(self) -> None:
        _zone(self.zone)
        if self.day_start not in range(LATEST_DAY_START + 1):
            raise ValueError(f"a day starts between 0 and {LATEST_DAY_START}: {self.day_start!r}")
        if self.week_start not in ("monday", "sunday"):
            raise ValueError(f"a week starts on monday or sunday: {self.week_start!r}")

    def day_of(self, instant: datetime) -> date:
        local = self.local(instant)
        day = local.date()
        if local.hour < self.day_start:
            day -= ONE_DAY
        # When the clock is set back across the start of a day, the new day goes on.
        while instant >= self._start(day + ONE_DAY):
            day += ONE_DAY
        return day

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        return self._start(day), self._start(day + ONE_DAY)

    def exists(self, day: date) -> bool:
        start, end = self.bounds(day)
        return start < end

    def at(self, day: date, clock: time) -> datetime:
        """When the clock shows `clock` in this day.

        With a day start of 04:00, 01:00 is at the day's end.

        A time that the clock shows twice gives the first instant; a skipped time gives the end of the gap. The same
        holds for a skipped date: check `exists` first.
        """
        on = day if clock.hour >= self.day_start else day + ONE_DAY
        return _first_instant(_zone(self.zone), datetime.combine(on, clock))

    def next_turn(self, instant: datetime) -> datetime:
        return self._start(self.day_of(instant) + ONE_DAY)

    def week_of(self, day: date) -> date:
        past = day.weekday() if self.week_start == "monday" else day.isoweekday() % 7
        return day - timedelta(days=past)

    def hour_of(self, instant: datetime) -> int:
        """The hour on the person's clock, 0 to 23."""
        return self.local(instant).hour

    def part_of_day(self, instant: datetime) -> PartOfDay:
        hour = self.local(instant).hour
        if 5 <= hour < 12:
            return "morning"
        if 12 <= hour < 18:
            return "afternoon"
        return "evening" if 18 <= hour < 22 else "night"

    def _start(self, day: date) -> datetime:
        return _first_instant(_zone(self.zone), datetime.combine(day, time(self.day_start)))

    def local(self, instant: datetime) -> datetime:
        """The instant as the person's clock shows it."""
        if instant.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return instant.astimezone(_zone(self.zone))
