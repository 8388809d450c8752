"""When the coach writes next: `users.next_coaching_at`, found by index."""

import datetime as dt

from accounts.days import ONE_DAY, Calendar
from accounts.models import User
from coaching.models import CoachingSettings


def next_time(calendar: Calendar, clock: dt.time, *, after: dt.datetime) -> dt.datetime:
    """The first instant after `after` at which the person's clock shows `clock`."""
    day = calendar.day_of(after) - ONE_DAY
    while not calendar.exists(day) or (at := calendar.at(day, clock)) <= after:
        day += ONE_DAY
    return at


def plan(user: User, choices: CoachingSettings, *, after: dt.datetime) -> None:
    """Stores the next time; none while the coach is off."""
    at = next_time(user.calendar, choices.clock, after=after) if choices.is_on and user.is_active else None
    user.next_coaching_at = at
    User.objects.filter(pk=user.pk).update(next_coaching_at=at)
