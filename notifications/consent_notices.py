"""What the law wants people told about their consent to advertising (정보통신망법 제62조의2, 제62조의3).

- what became of their answer, within 14 days: we tell the next day at the latest, with date and item;
- every two years, that they said yes, when, and how to go on or stop.

A daily job writes the notices; their keys name the consent row, so that running it again tells nobody twice.
"""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.formats import date_format

from accounts import consents
from accounts.models import User, UserConsent
from notifications import outbox
from notifications.models import Notification

Item = UserConsent.Item
ITEMS = (Item.MARKETING, Item.NIGHT)
YEARS = 2
# How far back answers are looked for: a job that did not run for days misses none.
LOOK_BACK = dt.timedelta(days=13)


def tell(*, now: dt.datetime) -> int:
    """Writes the notices that are due at `now`; returns how many."""
    written = [_tell_result(consent, now=now) for consent in _answers(now)]
    written += [_ask_again(consent, now=now) for consent in _old_grants(now)]
    if any(written):
        outbox.wake()
    return sum(written)


def granted(user: User) -> dict[str, bool]:
    """What holds now, for each of the two."""
    return {str(item): consents.granted(user, item) for item in ITEMS}


def change(user: User, *, answers: dict[str, bool], at: dt.datetime) -> None:
    """Writes down what is answered otherwise than before."""
    now = granted(user)
    changed = {str(item): answer for item, answer in answers.items() if now[str(item)] != answer}
    if changed:
        consents.record(user, answers=changed, channel="settings", at=at)


def are_old(user: User, *, now: dt.datetime) -> bool:
    """A yes that still holds was said two years ago or more."""
    return any(consent.occurred_at <= _years_before(now, YEARS) for consent in _standing(user))


def renew(user: User, *, at: dt.datetime) -> None:
    """The person said yes again to what they had said yes to; the two years begin anew."""
    answers = {consent.item: True for consent in _standing(user)}
    if answers:
        consents.record(user, answers=answers, channel="settings", at=at)


def _standing(user: User) -> list[UserConsent]:
    latest = UserConsent.objects.filter(user=user, item__in=ITEMS).order_by("item", "-occurred_at", "-id")
    return [consent for consent in latest.distinct("item") if consent.granted]


def _answers(now: dt.datetime) -> Iterator[UserConsent]:
    """Answers of the last days. Not having ticked the box at sign-up is no answer."""
    recent = UserConsent.objects.filter(item__in=ITEMS, occurred_at__range=(now - LOOK_BACK, now))
    said = recent.exclude(granted=False, channel="signup")
    return said.filter(user__is_active=True).select_related("user").iterator(chunk_size=500)


def _old_grants(now: dt.datetime) -> Iterator[UserConsent]:
    """Grants that still hold and are two years old or more."""
    later = UserConsent.objects.filter(
        user=OuterRef("user"), item=OuterRef("item"), occurred_at__gt=OuterRef("occurred_at")
    )
    old: QuerySet[UserConsent] = UserConsent.objects.filter(
        item__in=ITEMS, granted=True, occurred_at__lte=_years_before(now, YEARS)
    )
    still = old.filter(~Exists(later), user__is_active=True)
    return still.select_related("user").iterator(chunk_size=500)


def _tell_result(consent: UserConsent, *, now: dt.datetime) -> bool:
    return _write(consent, "consent_result", f"consent-result:{consent.pk}", now=now)


def _ask_again(consent: UserConsent, *, now: dt.datetime) -> bool:
    times = 1
    while consent.occurred_at <= _years_before(now, YEARS * (times + 1)):
        times += 1
    return _write(consent, "consent_renewal", f"consent-renewal:{consent.pk}:{times}", now=now)


def _write(consent: UserConsent, template: str, effect_key: str, *, now: dt.datetime) -> bool:
    user = consent.user
    with outbox.speaking_to(user):
        data = {
            "item": str(Item(consent.item).label),
            "granted": consent.granted,
            "date": date_format(user.calendar.day_of(consent.occurred_at), "DATE_FORMAT"),
            "to": ["notifications:settings"],
        }
    written = outbox.send(
        user,
        template=template,
        effect_key=effect_key,
        at=now,
        type=Notification.Type.SYSTEM,
        data=data,
        essential=True,
        wake_workers=False,
    )
    return written is not None


def _years_before(instant: dt.datetime, years: int) -> dt.datetime:
    day = min(instant.day, 28) if instant.month == 2 else instant.day
    return instant.replace(year=instant.year - years, day=day)
