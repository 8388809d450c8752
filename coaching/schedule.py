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


def next_for(user: User, choices: CoachingSettings | None, *, after: dt.datetime) -> dt.datetime | None:
    """When the coach writes next; None while it is off or the account is deactivated."""
    if choices is None or not choices.is_on or not user.is_active:
        return None
    return next_time(user.calendar, choices.clock, after=after)


def plan(user: User, choices: CoachingSettings, *, after: dt.datetime) -> None:
    """Stores when the coach writes next."""
    user.next_coaching_at = next_for(user, choices, after=after)
    User.objects.filter(pk=user.pk).update(next_coaching_at=user.next_coaching_at)
