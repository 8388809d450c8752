"""Notices about advertising consents that the law requires (정보통신망법 제62조의2, 제62조의3).

- the result of an answer, within 14 days: sent the next day at the latest, with date and item;
- every two years, that the person agreed, when, and how to continue or stop.

A daily job writes the notices; their effect keys name the consent row, so a second run sends nothing twice.
"""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from accounts import consents
from accounts.models import User, UserConsent
from core.db.work import IsOver, never
from notifications import kept_words, outbox
from notifications.models import Notification

Item = UserConsent.Item
ITEMS = (Item.MARKETING, Item.NIGHT)
YEARS = 2
# How far back the job looks for answers: a job that did not run for days misses none.
LOOK_BACK = dt.timedelta(days=13)
_RESULT = "consent-result:"


def send_due(*, now: dt.datetime, is_over: IsOver = never) -> int:
    """Writes the notices due at `now`; returns how many.

    Stops once `is_over`; the next day's run writes the rest.
    """
    written = 0
    for write, consents_due in ((_write_result, _recent_answers(now)), (_write_renewal, _old_grants(now))):
        for consent in consents_due:
            if is_over():
                break
            written += write(consent, now=now)
    if written:
        outbox.wake()
    return written


def current_answers(user: User) -> dict[str, bool]:
    return {str(item): consents.granted(user, item) for item in ITEMS}


def save_answers(user: User, *, answers: dict[str, bool], at: dt.datetime) -> None:
    """Records the answers that differ from the current ones."""
    current = current_answers(user)
    changed = {str(item): answer for item, answer in answers.items() if current[str(item)] != answer}
    if changed:
        consents.record(user, answers=changed, channel="settings", at=at)


def is_renewal_due(user: User, *, now: dt.datetime) -> bool:
    """Whether a current consent was given two years ago or more."""
    return any(consent.occurred_at <= _years_before(now, YEARS) for consent in _current_grants(user))


def renew(user: User, *, at: dt.datetime) -> None:
    """Records the current consents again, which restarts the two years."""
    answers = {consent.item: True for consent in _current_grants(user)}
    if answers:
        consents.record(user, answers=answers, channel="settings", at=at)


def _current_grants(user: User) -> list[UserConsent]:
    latest = UserConsent.objects.filter(user=user, item__in=ITEMS).order_by("item", "-occurred_at", "-id")
    return [consent for consent in latest.distinct("item") if consent.granted]


def _recent_answers(now: dt.datetime) -> Iterator[UserConsent]:
    """Answers of the last days. A box left empty at sign-up is not an answer, nor is one that was somebody else's."""
    void = UserConsent.objects.filter(
        user=OuterRef("user"), item=OuterRef("item"), channel=consents.VOID, occurred_at__gte=OuterRef("occurred_at")
    )
    recent = UserConsent.objects.filter(item__in=ITEMS, occurred_at__range=(now - LOOK_BACK, now))
    # Most were told on an earlier day.
    told = Notification.objects.filter(effect_key=Concat(Value(_RESULT), Cast(OuterRef("pk"), TextField())))
    answered = recent.exclude(granted=False, channel="signup").filter(~Exists(void), ~Exists(told))
    return answered.filter(user__is_active=True).select_related("user").iterator(chunk_size=500)


def _old_grants(now: dt.datetime) -> Iterator[UserConsent]:
    """Current consents that are two years old or more."""
    later = UserConsent.objects.filter(
        user=OuterRef("user"), item=OuterRef("item"), occurred_at__gt=OuterRef("occurred_at")
    )
    old: QuerySet[UserConsent] = UserConsent.objects.filter(
        item__in=ITEMS, granted=True, occurred_at__lte=_years_before(now, YEARS)
    )
    current = old.filter(~Exists(later), user__is_active=True)
    return current.select_related("user").iterator(chunk_size=500)


def _write_result(consent: UserConsent, *, now: dt.datetime) -> bool:
    return _write(consent, "consent_result", f"{_RESULT}{consent.pk}", now=now)


def _write_renewal(consent: UserConsent, *, now: dt.datetime) -> bool:
    times = 1
    while consent.occurred_at <= _years_before(now, YEARS * (times + 1)):
        times += 1
    return _write(consent, "consent_renewal", f"consent-renewal:{consent.pk}:{times}", now=now)


def _write(consent: UserConsent, template: str, effect_key: str, *, now: dt.datetime) -> bool:
    user = consent.user
    with outbox.speaking_to(user):
        data = {
            "item": kept_words.of_choice(UserConsent, "item", consent.item),
            "granted": consent.granted,
            "date": user.calendar.day_of(consent.occurred_at),
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
