"""Share cards: a picture of an achievement or of a week behind a link that its owner closes.

gamification/pages/share_picture.py draws it.

The picture names the achievement or shows the days of the week; the person's name and the date are on it only if they
chose so. It never names a habit, and nothing of mood or energy is on it.
Everybody who has the link sees it until it expires or is closed; the address is random and says nothing.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from core import retention_periods
from gamification.models import ShareCard, UserAchievement

KEPT_FOR = retention_periods.SHARE_CARDS.timedelta


def make(earned: UserAchievement, *, with_name: bool, with_day: bool, now: dt.datetime) -> ShareCard:
    """The card of an earned achievement, with a new address. An earlier address no longer opens.

    Raises UserAchievement.DoesNotExist.
    """
    with transaction.atomic():
        # Its deletion waits, or this one finds it gone.
        UserAchievement.objects.select_for_update().get(pk=earned.pk)
        ShareCard.objects.filter(earned=earned).delete()
        return ShareCard.objects.create(
            user_id=earned.user_id,
            earned=earned,
            token=secrets.token_urlsafe(32),
            with_name=with_name,
            with_day=with_day,
            expires_at=now + KEPT_FOR,
        )


@dataclass(frozen=True)
class Week:
    """How much was done of each of the seven days that end on `ends_on`, in percent.

    None where nothing was asked for.
    """

    ends_on: dt.date
    days: tuple[int | None, ...]


def make_week(user: User, week: Week, *, with_name: bool, with_day: bool, now: dt.datetime) -> ShareCard:
    """The card of a week as it is now, with a new address; an earlier one no longer opens."""
    with transaction.atomic():
        # A second request waits here.
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        ShareCard.objects.filter(user=user, week_ends_on=week.ends_on).delete()
        return ShareCard.objects.create(
            user=user,
            week_ends_on=week.ends_on,
            week_days=[*week.days],
            token=secrets.token_urlsafe(32),
            with_name=with_name,
            with_day=with_day,
            expires_at=now + KEPT_FOR,
        )


def close_week(user: User, ends_on: dt.date) -> None:
    ShareCard.objects.filter(user=user, week_ends_on=ends_on).delete()


def open_week(user: User, ends_on: dt.date, *, now: dt.datetime) -> ShareCard | None:
    return ShareCard.objects.filter(user=user, week_ends_on=ends_on, expires_at__gt=now).first()


def close(earned: UserAchievement) -> None:
    ShareCard.objects.filter(earned=earned).delete()


def open_card(earned: UserAchievement, *, now: dt.datetime) -> ShareCard | None:
    return ShareCard.objects.filter(earned=earned, expires_at__gt=now).first()


def find(token: str, *, now: dt.datetime) -> ShareCard | None:
    """The card behind a link, of a person who is still here."""
    cards = ShareCard.objects.filter(token=token, expires_at__gt=now, user__is_active=True)
    return cards.select_related("user", "earned__achievement").first()
