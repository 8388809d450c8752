"""The style sheet of the categories, made from their colours in the database."""

import re

from core import colors
from habits.models import HabitCategory


def stylesheet() -> str:
    """One rule for each category with a colour.

    A page names a category by `data-cat`, its English name.
    """
    rows = HabitCategory.objects.order_by("name_en").values_list("name_en", "color")
    return "".join(rule(name, color) for name, text in rows if (color := colors.parse(text)))


def rule(name: str, color: colors.Color) -> str:
    mark, ink, wash = (f"light-dark({light}, {dark})" for light, dark in colors.shades(color))
    return f'[data-cat="{_escaped(name)}"] {{ --cat: {mark}; --cat-ink: {ink}; --cat-wash: {wash}; }}\n'


def _escaped(name: str) -> str:
    """`name` inside a CSS string: whatever is not a plain letter or digit as its code point."""
    return re.sub(r"[^A-Za-z0-9_-]", lambda found: f"\\{ord(found[0]):x} ", name)
