"""Reads from the database what `delivery_policy.decide` needs."""

import datetime as dt

from django.db.models import Q

from accounts import consents
from accounts.models import User, UserConsent
from notifications import holds
from notifications.delivery_policy import DeliveryFacts
from notifications.models import Notification
from notifications.preferences import Preferences


def read(
    notification: Notification, user: User, preferences: Preferences, *, now: dt.datetime, sent_today: int = 0
) -> DeliveryFacts:
    """Reads the consents each time: they may have been withdrawn since the last attempt."""
    item, marketing = UserConsent.Item, notification.marketing
    return DeliveryFacts(
        now=now,
        preferences=preferences,
        calendar=user.calendar,
        notification_type=notification.notification_type,
        expires_at=notification.expires_at,
        is_active=user.is_active,
        marketing=marketing,
        consented=marketing and consents.granted(user, item.MARKETING),
        consented_at_night=marketing and consents.granted(user, item.NIGHT),
        essential=notification.essential,
        sent_today=sent_today,
        is_held=holds.is_held(user, now),
    )


def count_sent_today(user: User, *, now: dt.datetime) -> int:
    """How many notifications were sent to the person on their current day; a bundle counts once."""
    start, _end = user.calendar.bounds(user.calendar.day_of(now))
    sent = Notification.objects.filter(user=user, dispatched_at__gte=start, bundled_into=None, essential=False)
    return sent.filter(Q(deliveries__isnull=False)).distinct().count()
