"""Whether a notification may be sent now. Pure: facts in, a decision out.

    decide(facts) -> SendNow(until) | Postpone(until) | InboxOnly(reason) | Discard(reason)

Decided when deliveries are created, and again before each attempt.

- Quiet hours postpone everything, unless it would be too late after them.
- Advertising needs the marketing consent at the moment of sending, and between 21:00 and 08:00 the consent for nights,
  on the clock of Seoul and on the person's own, whichever is stricter (정보통신망법 제50조). A push service may show a
  message much later, so its time to live ends where such hours begin.
- Above the person's daily limit notifications stay in the inbox. The limit counts all channels together.
- While there is a hold, nothing is sent that nudges.
- Essential notifications obey quiet hours only.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from accounts.days import ONE_DAY, Calendar
from notifications.preferences import Preferences, is_between

# The longest time to live at a push service.
MAX_TTL = dt.timedelta(days=1)
NIGHT = (dt.time(21), dt.time(8))
# The types that ask for something or speak of a record: not sent while there is a hold.
NUDGES = frozenset({"habit_reminder", "achievement", "coaching"})
SEOUL = Calendar(zone="Asia/Seoul")

LATE = "late"
SWITCHED_OFF = "switched off"
NO_CONSENT = "no consent"
INACTIVE = "inactive"
QUIET = "quiet hours"
DAILY_LIMIT = "enough for a day"
HELD = "held"


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """The facts about one notification and its person at `now`.

    `sent_today` counts the earlier ones of the day.
    """

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
    # Another package asks for silence (notifications/holds.py).
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class SendNow:
    """To be shown before `until`."""

    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Postpone:
    """Decide again at `until`."""

    until: dt.datetime


@dataclass(frozen=True, slots=True)
class InboxOnly:
    """Shown in the inbox, sent nowhere."""

    reason: str


@dataclass(frozen=True, slots=True)
class Discard:
    """Sent nowhere and not shown in the inbox."""

    reason: str


type Decision = SendNow | Postpone | InboxOnly | Discard


def decide(facts: DeliveryFacts) -> Decision:
    if reason := _reason_to_discard(facts):
        return Discard(reason)
    windows = _windows(facts)
    if opens := max((_end(window, facts.now) for window in windows if _within(window, facts.now)), default=None):
        # The end of one window may be inside another: decided again then.
        return InboxOnly(QUIET) if facts.expires_at and opens >= facts.expires_at else Postpone(opens)
    if not facts.essential and facts.sent_today >= facts.preferences.most_per_day:
        return InboxOnly(DAILY_LIMIT)
    closes = [_begin(window, facts.now) for window in windows]
    return SendNow(until=min([facts.now + MAX_TTL, *closes, *([facts.expires_at] if facts.expires_at else [])]))


def _reason_to_discard(facts: DeliveryFacts) -> str | None:
    if not facts.is_active:
        return INACTIVE
    if facts.is_held and not facts.essential and facts.notification_type in NUDGES:
        return HELD
    if facts.expires_at and facts.expires_at <= facts.now:
        return LATE
    if not facts.essential and not facts.preferences.wants(facts.notification_type):
        return SWITCHED_OFF
    return NO_CONSENT if facts.marketing and not facts.consented else None


type _Window = tuple[Calendar, dt.time, dt.time]


def _windows(facts: DeliveryFacts) -> list[_Window]:
    """The hours at which nothing is shown, each with the clock they are on."""
    windows: list[_Window] = []
    if facts.preferences.quiet:
        windows.append((facts.calendar, *facts.preferences.quiet))
    if facts.marketing and not facts.consented_at_night:
        windows += [(SEOUL, *NIGHT), (facts.calendar, *NIGHT)]
    return windows


def _within(window: _Window, instant: dt.datetime) -> bool:
    calendar, begin, end = window
    return is_between(instant.astimezone(ZoneInfo(calendar.zone)).time(), begin, end)


def _end(window: _Window, instant: dt.datetime) -> dt.datetime:
    return _next(window[0], window[2], instant)


def _begin(window: _Window, instant: dt.datetime) -> dt.datetime:
    return _next(window[0], window[1], instant)


def _next(calendar: Calendar, clock: dt.time, instant: dt.datetime) -> dt.datetime:
    """The next instant after `instant` at which the calendar's clock shows `clock`."""
    calendar = Calendar(zone=calendar.zone)
    day = calendar.day_of(instant)
    return next(at for n in range(4) if (at := calendar.at(day + n * ONE_DAY, clock)) > instant)
