"""A template or a category as people see it, for the staff who edit it.

In both languages and both themes.
"""

from typing import Any

from django.utils import translation

from core import colors
from core.preview_panes import panes
from habits.models import Habit, HabitCategory
from habits.pages import catalogue


def of_template(habit: Habit) -> dict[str, Any]:
    return {"panes": [pane | {"item": _said(pane["lang"], habit)} for pane in panes()]}


def of_category(category: HabitCategory) -> dict[str, Any]:
    """Drawn from the colour itself: the style sheet of the categories knows only what is saved."""
    shades = colors.shades(color) if (color := colors.parse(category.color)) else None
    drawn = []
    for pane in panes():
        with translation.override(pane["lang"]):
            group = {"name": str(category), "icon": category.icon, "text": category.text("description")}
        if shades:
            group |= {"ink": getattr(shades.ink, pane["theme"]), "wash": getattr(shades.wash, pane["theme"])}
        drawn.append(pane | {"group": group})
    return {"panes": drawn}


def _said(language: str, habit: Habit) -> dict[str, Any]:
    with translation.override(language):
        return catalogue.card(habit)
