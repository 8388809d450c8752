"""May this go out now? Pure: facts in, a verdict out. Asked when deliveries are made, and again before each attempt.

    judge(facts) -> Send(until) | Later(at) | Inbox(reason) | Drop(reason)

- Quiet hours hold back everything, but wait for nothing that would be too late after them.
- Advertising needs the consent that holds now, and between 21:00 and 08:00 the other one for nights: on the clock of
  Seoul and on the person's own, whichever is stricter (정보통신망법 제50조). What waits at a push service may be shown
  much later, so its time to live ends where such hours begin.
- Above the person's number a day things stay in the inbox.
- What is essential heeds quiet hours only.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from accounts.days import ONE_DAY, Calendar
from notifications.preferences import Preferences

# Longest that a push service may keep what we send, in days.
LONGEST = dt.timedelta(days=1)
NIGHT = (dt.time(21), dt.time(8))
SEOUL = Calendar(zone="Asia/Seoul")

LATE = "late"
SWITCHED_OFF = "switched off"
NO_CONSENT = "no consent"
INACTIVE = "inactive"
QUIET = "quiet hours"
ENOUGH = "enough for a day"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one notification and its person at `now`. `sent_today` counts those before this one."""

    now: dt.datetime
    preferences: Preferences
    calendar: Calendar
    notification_type: str
    expires_at: dt.datetime | None = None
    is_active: bool = True
    marketing: bool = False
    consented: bool = False
    consented_at_night: bool = False
    essential: bool = False
    sent_today: int = 0


@dataclass(frozen=True, slots=True)
class Send:
    """Now, and to be shown before `until`."""

    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Later:
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Inbox:
    """Kept where the person finds it, sent nowhere."""

    reason: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Not even the inbox has it."""

    reason: str


type Verdict = Send | Later | Inbox | Drop


def judge(facts: Facts) -> Verdict:
    if not facts.is_active:
        return Drop(INACTIVE)
    if facts.expires_at and facts.expires_at <= facts.now:
        return Drop(LATE)
    if not facts.essential and not facts.preferences.wants(facts.notification_type):
        return Drop(SWITCHED_OFF)
    if facts.marketing and not facts.consented:
        return Drop(NO_CONSENT)
    windows = _windows(facts)
    if opens := max((_end(window, facts.now) for window in windows if _within(window, facts.now)), default=None):
        # The end of one window may lie within another: asked again then.
        return Inbox(QUIET) if facts.expires_at and opens >= facts.expires_at else Later(opens)
    if not facts.essential and facts.sent_today >= facts.preferences.most_per_day:
        return Inbox(ENOUGH)
    closes = [_begin(window, facts.now) for window in windows]
    return Send(until=min([facts.now + LONGEST, *closes, *([facts.expires_at] if facts.expires_at else [])]))


type _Window = tuple[Calendar, dt.time, dt.time]


def _windows(facts: Facts) -> list[_Window]:
    """The hours, on somebody's clock, at which nothing is shown."""
    windows: list[_Window] = []
    if facts.preferences.quiet:
        windows.append((facts.calendar, *facts.preferences.quiet))
    if facts.marketing and not facts.consented_at_night:
        windows += [(SEOUL, *NIGHT), (facts.calendar, *NIGHT)]
    return windows


def _within(window: _Window, instant: dt.datetime) -> bool:
    calendar, begin, end = window
    clock = instant.astimezone(ZoneInfo(calendar.zone)).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def _end(window: _Window, instant: dt.datetime) -> dt.datetime:
    return _next(window[0], window[2], instant)


def _begin(window: _Window, instant: dt.datetime) -> dt.datetime:
    return _next(window[0], window[1], instant)


def _next(calendar: Calendar, clock: dt.time, instant: dt.datetime) -> dt.datetime:
    """The next instant after `instant` at which that clock shows `clock`."""
    calendar = Calendar(zone=calendar.zone)
    day = calendar.day_of(instant)
    return next(at for n in range(4) if (at := calendar.at(day + n * ONE_DAY, clock)) > instant)
