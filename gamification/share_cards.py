"""Share cards: one picture of an earned achievement, behind a link that its owner can close.

gamification/pages/share_picture.py draws it.

The picture names the achievement; the person's name and the day are on it only if they chose so. It never names a habit.
Everybody who has the link sees it until it expires or is closed; the address is random and says nothing.
"""

import datetime as dt
import secrets

from django.db import transaction

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


def close(earned: UserAchievement) -> None:
    ShareCard.objects.filter(earned=earned).delete()


def open_card(earned: UserAchievement, *, now: dt.datetime) -> ShareCard | None:
    return ShareCard.objects.filter(earned=earned, expires_at__gt=now).first()


def find(token: str, *, now: dt.datetime) -> ShareCard | None:
    """The card behind a link, of a person who is still here."""
    cards = ShareCard.objects.filter(token=token, expires_at__gt=now, user__is_active=True)
    return cards.select_related("user", "earned__achievement").first()
