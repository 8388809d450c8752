"""Context of the page of monthly challenges, and of the panel of one."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from circles import challenges
from circles.challenges import ChallengeCount
from circles.models import Challenge, ChallengePart
from core.text_format import whole_percents


def page(user: User, *, now: dt.datetime) -> dict[str, Any]:
    parts = list(
        user.challenges.select_related("challenge__category", "challenge__habit", "user").order_by("-challenge__month")
    )
    settled = [part for part in parts if part.settled_at]
    return {
        "panels": panels(user, [part for part in parts if not part.settled_at], settled, now=now),
        "met": [_badge(part) for part in settled if part.is_met],
        "others": [_ended(part) for part in settled if not part.is_met],
    }


def current(user: User, *, now: dt.datetime) -> dict[str, Any] | None:
    """The challenge of this month, for a page that shows it beside other things."""
    month = user.calendar.day_of(now).replace(day=1)
    if part := challenges.part_of(user, month=month):
        return None if part.settled_at else _panel(user, part.challenge, part, now=now)
    found = challenges.open_on(month, now=now)
    return next((_panel(user, one, None, now=now) for one in found if one.month == month), None)


def panels(
    user: User, parts: list[ChallengePart], settled: list[ChallengePart], *, now: dt.datetime
) -> list[dict[str, Any]]:
    """Those that go on and those that can be joined, by month."""
    over = {part.challenge_id for part in settled}
    known: dict[Any, tuple[Challenge, ChallengePart | None]] = {
        one.pk: (one, None) for one in challenges.open_on(user.calendar.day_of(now), now=now) if one.pk not in over
    }
    known |= {part.challenge_id: (part.challenge, part) for part in parts}
    ordered = sorted(known.values(), key=lambda found: found[0].month)
    return [_panel(user, challenge, part, now=now) for challenge, part in ordered]


def described(challenge: Challenge, language: str) -> dict[str, Any]:
    """What a challenge says before one joins, in this language."""
    with translation.override(language):
        # The form of a new one may have no month yet.
        month = date_format(challenge.month, "YEAR_MONTH_FORMAT") if challenge.month is not None else ""
        return {
            "title": _("%(month)s의 도전") % {"month": month},
            "name": challenge.text("name"),
            "description": challenge.text("description"),
            "counts": _counts(challenge),
            "rule": _rule(),
        }


def _panel(user: User, challenge: Challenge, part: ChallengePart | None, *, now: dt.datetime) -> dict[str, Any]:
    today = user.calendar.day_of(now)
    habits = [one.name for one in challenges.counted_habits([user], challenge) if one.status == one.Status.ACTIVE]
    return {
        "name": challenge.text("name"),
        "description": challenge.text("description"),
        "month": date_format(challenge.month, "YEAR_MONTH_FORMAT"),
        "counts": _counts(challenge),
        "habits": ", ".join(habits),
        "rule": _rule(),
        "joined": part is not None,
        "joined_on": date_format(part.joined_on, "MONTH_DAY_FORMAT") if part else "",
        "may_join": challenges.may_join(challenge, today=today),
        "url": reverse("circles:challenge", args=[challenge.pk]),
        **(_progress(challenges.count([part], now=now)[part.pk], part, today=today) if part else {}),
    }


def _counts(challenge: Challenge) -> str:
    if challenge.habit:
        return _("‘%(name)s’ 습관") % {"name": challenge.habit.text("name")}
    if challenge.category:
        return _("‘%(name)s’ 분류의 습관") % {"name": challenge.category.text("name")}
    return _("하는 습관 모두")


def _rule() -> str:
    values = {"percent": challenges.PERCENT, "days": challenges.FEWEST_DAYS}
    return whole_percents(_("하기로 한 날이 %(days)s일 이상이고, 그 가운데 %(percent)s%%를 하면 해내요.") % values)


def _progress(count: ChallengeCount, part: ChallengePart, *, today: dt.date) -> dict[str, Any]:
    return {"asked": count.asked, "done": count.done, "label": _label(count), "standing": _standing(count, part, today)}


def _label(count: ChallengeCount) -> str:
    if not count.asked:
        return _("아직 센 날이 없어요")
    return ngettext("%(asked)s일 중 %(done)s일", "%(asked)s일 중 %(done)s일", count.asked) % {
        "asked": count.asked,
        "done": count.done,
    }


def _standing(count: ChallengeCount, part: ChallengePart, today: dt.date) -> str:
    if today < part.challenge.month:
        return _("다음 달 1일부터 시작해요.")
    if today > part.challenge.last_day:
        return _("달이 끝나서 마무리하고 있어요.")
    return _("지금처럼 하면 해내요.") if count.is_met else ""


def _badge(part: ChallengePart) -> dict[str, Any]:
    """A challenge that was met, as a badge."""
    name = part.challenge.text("name")
    return {
        "earned": True,
        "name": name,
        "badge_text": "".join(name.split())[:2],
        "rarity": "common",
        "icon": "",
        "color": "",
        "texts": [date_format(part.challenge.month, "YEAR_MONTH_FORMAT"), _label(_result(part))],
    }


def _ended(part: ChallengePart) -> dict[str, Any]:
    return {
        "name": part.challenge.text("name"),
        "month": date_format(part.challenge.month, "YEAR_MONTH_FORMAT"),
        "text": _label(_result(part)),
    }


def _result(part: ChallengePart) -> ChallengeCount:
    return ChallengeCount(part.asked or 0, part.done or 0)
