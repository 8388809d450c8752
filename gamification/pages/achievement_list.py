"""Context of the page of achievements: level, the next ones, earned ones, hidden ones.

And of one earned achievement.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.db.compiled_queries import Compiled
from core.text_format import date_text, per_language, whole_percents
from gamification import achievements, criteria, points, records, share_cards
from gamification.achievements import EarnableAchievement
from gamification.counters import CounterSums
from gamification.criteria import CriterionTally, Progress
from gamification.forms import ShareForm
from gamification.models import Achievement, UserAchievement, UserProgress
from gamification.pages import criterion_text
from gamification.records import Vocabulary
from notifications import holds

_PROGRESS = Compiled(lambda person: UserProgress.objects.filter(user=person), person=uuid4())
_EARNED = Compiled(
    lambda person: (
        UserAchievement.objects.filter(user=person)
        .select_related("achievement")
        .order_by("-earned_at", "achievement__sort_order")
    ),
    person=uuid4(),
)
_RARITIES = dict(Achievement.Rarity.choices)
# Kinds of rules that count days or weeks in a row.
_STREAKS = {"streak_days", "streak_weeks", "rested", "protected", "comeback"}
# How many of the next ones are shown beside the earned ones.
NEXT = 4


def page(user: User, *, now: dt.datetime) -> dict[str, Any]:
    row = next(iter(_PROGRESS(person=user.pk)), None) or UserProgress(user=user)
    earned = _EARNED(person=user.pk)
    had = {one.achievement_id for one in earned}
    ahead = [entry for entry in achievements.cached_entries() if entry.achievement.pk not in had]
    is_quiet = holds.is_held(user, now)
    if is_quiet:
        ahead = [entry for entry in ahead if not is_about_streaks(entry.achievement)]
    shown = [entry for entry in ahead if not entry.criterion.hidden]
    facts = _facts(user, row, now=now)
    tallies = {entry.achievement.pk: _best(entry, facts) for entry in shown}
    words = records.source().vocabulary()
    shown.sort(key=lambda entry: -tallies[entry.achievement.pk].share)
    items = [_ahead(entry, tallies[entry.achievement.pk], words) for entry in shown]
    return {
        "title": ngettext("배지 %(n)s개를 모았어요", "배지 %(n)s개를 모았어요", len(earned)) % {"n": len(earned)}
        if earned
        else _("첫 배지를 기다리고 있어요"),
        "level": _level(row.points),
        "earned": [_earned(user, one) for one in earned if not (is_quiet and is_about_streaks(one.achievement))],
        "next": items[:NEXT],
        "later": items[NEXT:],
        "hidden": [_hidden(entry.achievement) for entry in ahead if entry.criterion.hidden],
    }


def detail(user: User, earned: UserAchievement, *, now: dt.datetime) -> dict[str, Any]:
    """One earned achievement, explained by the rule as it was when it was earned."""
    achievement, words = earned.achievement, records.source().vocabulary()
    context = earned.context or {}
    card = share_cards.open_card(earned, now=now)
    picture = reverse("gamification:card", args=[card.token]) if card else ""
    return {
        "badge": _earned(user, earned),
        "rule": _rule(context.get("criteria", achievement.criteria), words),
        "now": _rule(achievement.criteria, words)
        if context.get("criteria", achievement.criteria) != achievement.criteria
        else "",
        "retired": not achievement.is_active,
        "card": card,
        "picture": picture,
        "link": settings.SITE_URL + picture if card else "",
        "form": ShareForm(),
        "card_url": reverse("gamification:share", args=[achievement.pk]),
        "until": date_format(user.calendar.local(card.expires_at), "MONTH_DAY_FORMAT") if card else "",
    }


def is_about_streaks(achievement: Achievement) -> bool:
    """Whether its rule speaks of a streak.

    Such a badge is not shown on a quiet day (notifications/holds.py).
    """
    return _has_streak(achievement.criteria)


def _has_streak(rule: object) -> bool:
    if isinstance(rule, list):
        return any(_has_streak(one) for one in rule)
    return isinstance(rule, dict) and (rule.get("kind") in _STREAKS or any(_has_streak(one) for one in rule.values()))


def _facts(user: User, row: UserProgress, *, now: dt.datetime) -> list[Progress]:
    """The facts of each habit, with the sums; at least one without a habit."""
    facts = records.source().facts(user, now=now) or [Progress()]
    counters, level, reactions = CounterSums(row.counters), points.level(row.points), records.reactions_of(user.pk)
    return [replace(one, counters=counters, level=level, reactions=reactions) for one in facts]


def _best(entry: EarnableAchievement, facts: Sequence[Progress]) -> CriterionTally:
    """How far the person has come with the habit that is furthest."""
    asked = facts if entry.criterion.watched & criteria.HABIT_FACTS else facts[:1]
    return max((entry.criterion.tally(one) for one in asked), key=lambda tally: tally.share)


def _level(have: int) -> dict[str, Any]:
    level = points.level(have)
    first, last = points.begins(level), points.begins(level + 1)
    return {
        "number": level,
        "points_text": f"{have:,}",
        "left": last - have,
        "left_text": f"{last - have:,}",
        "done": have - first,
        "of": last - first,
        "label": _("%(of)s점 중 %(done)s점") % {"of": f"{last - first:,}", "done": f"{have - first:,}"},
    }


def _ahead(entry: EarnableAchievement, tally: CriterionTally, words: Vocabulary) -> dict[str, Any]:
    achievement = entry.achievement
    told = criterion_text.so_far(entry.criterion, tally) or criterion_text.sentence(entry.criterion, words)
    return {
        "name": achievement.text("name"),
        "badge_text": achievement.letters,
        "icon": achievement.icon,
        "color": achievement.color,
        "percent": int(100 * tally.share),
        "texts": [told, _rarity(achievement)],
    }


def _earned(user: User, earned: UserAchievement) -> dict[str, Any]:
    achievement = earned.achievement
    return {
        "earned": True,
        "url": reverse("gamification:achievement", args=[achievement.pk]),
        "name": achievement.text("name"),
        "description": achievement.text("description"),
        "badge_text": achievement.letters,
        "icon": achievement.icon,
        "color": achievement.color,
        "rarity": achievement.rarity,
        "points": earned.points_earned,
        "on": date_text(user.calendar.local(earned.earned_at).date(), "DATE_FORMAT"),
        "texts": [achievement.text("description"), _rarity(achievement)],
    }


def _hidden(achievement: Achievement) -> dict[str, Any]:
    hint = achievement.translation("hint")
    return {"hidden": True, "texts": [_("힌트: %(hint)s") % {"hint": hint}] if hint else []}


def _rarity(achievement: Achievement) -> str:
    """ "드묾 · 18%가 받았어요"; without the share where too few have it."""
    return _rarity_text(achievement.rarity, achievement.share_percent)


@per_language
def _rarity_text(rarity: str, share_percent: int | None) -> str:
    name = str(_RARITIES[rarity])
    if share_percent is None:
        return name
    if not share_percent:
        return _("%(rarity)s · 1%% 아래가 받았어요") % {"rarity": name}
    return whole_percents(_("%(rarity)s · %(percent)s%%가 받았어요") % {"rarity": name, "percent": share_percent})


def _rule(value: object, words: Vocabulary) -> str:
    """A rule in words; an old one that no longer parses is left out."""
    try:
        return criterion_text.sentence(criteria.parse(value), words)
    except criteria.CriteriaError:
        return ""
