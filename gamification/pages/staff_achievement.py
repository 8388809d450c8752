"""What the staff's page of an achievement shows beside the form: kinds, rule, badge."""

from typing import Any

from django.forms import ModelForm
from django.utils import translation
from django.utils.formats import date_format

from core import small_cells
from core.templatetags import ui
from gamification import backfills, criteria, records
from gamification.models import Achievement
from gamification.pages import criterion_text

_TYPED = ("name", "description", "seal", "icon", "color", "rarity")


def context(form: ModelForm, achievement: Achievement | None, *, kind: str, kinds: dict[str, str]) -> dict[str, Any]:
    job = backfills.latest(achievement) if achievement else None
    criterion = getattr(form, "criterion", None) or _criterion(achievement)
    words = records.source().vocabulary()
    return {
        "kind_label": kinds[kind],
        "kinds": [{"key": key, "label": label, "current": key == kind} for key, label in kinds.items()],
        "rule": criterion_text.sentence(criterion, words) if criterion else "",
        "wakes": criterion_text.wakes(criterion, words) if criterion else [],
        "pictures": _pictures(form),
        "preview": _preview(getattr(form, "preview", None)),
        "job": job,
        "granted": job and small_cells.people_text(job.granted),
    }


def _pictures(form: ModelForm) -> list[dict[str, Any]]:
    """The badge as it is typed, in both themes and languages."""
    value = {name: form[name].value() or "" for name in (*_TYPED, "name_en", "description_en")}
    letters = value["seal"] or value["name"][:2] or "?"
    how = {"text": letters, "icon": value["icon"], "color": value["color"]}
    found = []
    for theme in ui.THEMES:
        for language, end in (("ko", ""), ("en", "_en")):
            with translation.override(language):
                rarities = [
                    (code, ui.badge(rarity=code, **how), str(word)) for code, word in Achievement.Rarity.choices
                ]
            found.append(
                {
                    "theme": theme,
                    "language": language,
                    "rarities": rarities,
                    "now": value["rarity"],
                    "name": value[f"name{end}"],
                    "description": value[f"description{end}"],
                    "name_field": f"name{end}",
                    "description_field": f"description{end}",
                }
            )
    return found


def _preview(found: backfills.CriterionPreview | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "number": f"{found.number:,}",
        "is_hidden": small_cells.share_is_hidden(found.found, found.looked_at),
        "percent": f"{found.percent:.1f}",
        "people": f"{found.people:,}",
        "looked_at": f"{found.looked_at:,}",
        "range": [f"{end:,}" for end in found.range] if found.is_estimate else None,
        "seconds": f"{found.seconds:.1f}",
        "examples": [
            (one.name, date_format(one.day, "DATE_FORMAT"), criterion_text.how(one.act, one.tally, found.criterion))
            for one in found.examples
        ],
    }


def _criterion(achievement: Achievement | None) -> criteria.Criterion | None:
    """The stored rule; None for none, or one that no longer parses."""
    try:
        return criteria.parse(achievement.criteria) if achievement else None
    except criteria.CriteriaError:
        return None
