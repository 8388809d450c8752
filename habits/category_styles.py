"""The style sheet of the categories, and of the colours of own habits and of badges."""

import re

from core import colors
from gamification.models import Achievement
from habits.models import HabitCategory


def stylesheet() -> str:
    """One rule for each category with a colour, and for each colour of an own habit or a badge.

    A page names a category by `data-cat`, its English name, and such a colour by its key.
    """
    rows = HabitCategory.objects.order_by("name_en").values_list("name_en", "color")
    of_categories = [(name, color) for name, text in rows if (color := colors.parse(text))]
    chosen = [(colors.key(color), colors.Color(color)) for color in colors.DESIGNED]
    worn = Achievement.objects.exclude(color=None).order_by("color").values_list("color", flat=True).distinct()
    of_badges = [(colors.badge_key(text), color) for text in worn if (color := colors.parse(text))]
    more = {key: color for key, color in of_badges if key and color not in colors.DESIGNED}
    return "".join(rule(name, color) for name, color in [*of_categories, *chosen, *more.items()])


def rule(name: str, color: colors.Color) -> str:
    mark, ink, wash = (f"light-dark({light}, {dark})" for light, dark in colors.shades(color))
    return f'[data-cat="{_escaped(name)}"] {{ --cat: {mark}; --cat-ink: {ink}; --cat-wash: {wash}; }}\n'


def _escaped(name: str) -> str:
    """`name` inside a CSS string: whatever is not a plain letter or digit as its code point."""
    return re.sub(r"[^A-Za-z0-9_-]", lambda found: f"\\{ord(found[0]):x} ", name)
