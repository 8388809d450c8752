"""What the staff's page of an achievement shows beside the form: kinds, badge, who earns it."""

from typing import Any

from django.forms import ModelForm
from django.utils.formats import date_format

from core.illustrations import badge
from gamification import backfills, criteria, records
from gamification.models import Achievement
from gamification.pages import criterion_text


def context(form: ModelForm, achievement: Achievement | None, *, kind: str, kinds: dict[str, str]) -> dict[str, Any]:
    letters = form["seal"].value() or (form["name"].value() or "")[:2]
    rarities = Achievement.Rarity.values
    job = backfills.latest(achievement) if achievement else None
    return {
        "kinds": [{"key": key, "label": label, "current": key == kind} for key, label in kinds.items()],
        "rule": _sentence(achievement),
        "drawings": [(rarity, badge(text=letters or "?", rarity=rarity)) for rarity in rarities],
        "rarity_now": form["rarity"].value(),
        "themes": ("light", "dark"),
        "shown_name": form["name"].value(),
        "preview": _preview(getattr(form, "preview", None)),
        "job": job,
    }


def _preview(found: backfills.Preview | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "number": found.number,
        "percent": f"{found.percent:.1f}",
        "people": found.people,
        "looked_at": found.looked_at,
        "is_estimate": found.is_estimate,
        "seconds": f"{found.seconds:.1f}",
        "examples": [(name, date_format(day, "DATE_FORMAT")) for name, day in found.examples],
    }


def _sentence(achievement: Achievement | None) -> str:
    try:
        return (
            criterion_text.sentence(criteria.parse(achievement.criteria), records.source().vocabulary())
            if achievement
            else ""
        )
    except criteria.CriteriaError:
        return ""
