"""Where rows of the catalogue are used: by foreign keys, and by keys inside JSON that an app declares.

@references.inside("habits.habitcategory", label)
def criteria(keys: list[str]) -> int: ...        how many rows hold one of these keys
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Manager, QuerySet
from django.utils.functional import Promise

type Text = str | Promise

# Counted up to this many of each kind.
MOST = 100_000
_INSIDE: dict[str, list[tuple[Text, Callable[[list[str]], int]]]] = {}


def inside[Count: Callable[[list[str]], int]](model: str, label: Text) -> Callable[[Count], Count]:
    """Registers how to count the rows that hold keys of this model inside JSON."""

    def register(count: Count) -> Count:
        _INSIDE.setdefault(model, []).append((label, count))
        return count

    return register


def counts(rows: QuerySet) -> list[tuple[Text, int]]:
    """How many rows of each table point at one of these, without tables where none does."""
    keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
    relations = [one for one in rows.model._meta.get_fields(include_hidden=True) if _points_here(one)]
    found: list[tuple[Text, int]] = [(_label(relation), _pointing(relation, keys)) for relation in relations]
    found += [(label, count(keys)) for label, count in _INSIDE.get(rows.model._meta.label_lower, [])]
    return [(label, number) for label, number in found if number]


def _points_here(field: Any) -> bool:
    return field.auto_created and field.is_relation and not field.concrete and not field.many_to_many


def _label(relation: Any) -> Text:
    return relation.related_model._meta.verbose_name_plural


def _pointing(relation: Any, keys: list[str]) -> int:
    manager: Manager = relation.related_model._default_manager
    return manager.filter(**{f"{relation.field.name}__in": keys})[:MOST].count()
