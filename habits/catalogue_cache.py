"""The first templates of each category, with which the catalogue opens, kept for a day.

    first_of_each()    FirstTemplates: the categories, the first SHOWN templates of each, their numbers
    forget()           after a change of a template or a category

The key is the schema document's `habits:featured`. Without Redis each process keeps its own for some minutes
(core/fallback_cache.py), and without any cache the rows are read.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from habits.models import Habit, HabitCategory

CACHE_KEY, CACHE_SECONDS = "habits:featured", 24 * 60 * 60
# The page of all categories shows the first few of each; the page of a category shows all.
SHOWN = 3

_CATEGORY = ("id", "name", "name_en", "icon", "translations")
_TEMPLATE = (
    "id", "category_id", "name", "icon", "translations", "estimated_time_minutes", "difficulty_level",
    "default_frequency", "default_schedule", "default_target_count", "default_unit", "default_direction",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class FirstTemplates:
    """`totals` are the numbers of all active templates by category.

    The same object as long as the rows are the same, so that what is made of it can be kept.
    """

    categories: list[HabitCategory]
    templates: list[Habit]
    totals: dict[UUID, int]


def first_of_each() -> FirstTemplates:
    stored = cache.get(CACHE_KEY)
    if stored is None:
        stored = json.dumps(_read(), default=str)
        cache.set(CACHE_KEY, stored, CACHE_SECONDS)
    return _revived(stored)


def forget() -> None:
    cache.delete(CACHE_KEY)


def _read() -> dict[str, Any]:
    categories = HabitCategory.objects.filter(is_active=True).order_by("sort_order", "name").values(*_CATEGORY)
    order: list[Any] = [F("is_featured").desc(), "sort_order", "name"]
    templates = (
        Habit.objects.in_catalogue()
        .annotate(
            place=Window(RowNumber(), partition_by="category_id", order_by=order),
            total=Window(Count("*"), partition_by="category_id"),
        )
        .filter(place__lte=SHOWN)
        .order_by("category__sort_order", "category__name", "place")
    )
    return {"categories": list(categories), "templates": list(templates.values(*_TEMPLATE, "total"))}


@lru_cache(maxsize=2)
def _revived(stored: str) -> FirstTemplates:
    rows = json.loads(stored)
    categories = {row["id"]: HabitCategory(**row | {"id": UUID(row["id"])}) for row in rows["categories"]}
    templates, totals = [], {}
    for row in rows["templates"]:
        category = categories[row.pop("category_id")]
        totals[category.pk] = row.pop("total")
        templates.append(Habit(**row | {"id": UUID(row["id"]), "category": category}))
    return FirstTemplates(list(categories.values()), templates, totals)
