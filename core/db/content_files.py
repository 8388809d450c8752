"""Loads content files: one TOML file per table, inserted into the database once.

    content_files.load(Habit, HERE / "habits.toml", key=["category", "name"], resolve={"category": by_slug})

A file is an array of tables named after the database table; its keys are the model's fields. A row whose natural key
already exists is not changed, even when the file has changed: staff may have edited the row. Historical models from a
migration's registry can be loaded too.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models

type Row = dict[str, Any]
type Resolve = Mapping[str, Mapping[str, models.Model]]


class ContentError(ValueError):
    """The file is invalid; the message names the file, the row with its key, and the problem."""


def load(model: type[models.Model], path: Path, *, key: Sequence[str], resolve: Resolve | None = None) -> int:
    """Inserts the rows whose `key` is missing and returns their number.

    Raises ContentError and writes nothing.

    `key` are fields; one that the file leaves out has its default, so that `owner` in the key separates the rows that
    people own. `resolve` maps, for each relation, the words in the file to objects.
    """
    instances: dict[tuple[Any, ...], models.Model] = {}
    for place, row in _rows(model, path):
        instance = _instance(model, row, place=_named(place, row, key), resolve=resolve or {})
        natural = tuple(instance.serializable_value(name) for name in key)
        if instances.setdefault(natural, instance) is not instance:
            raise ContentError(f"{_named(place, row, key)}: stands twice in the file")
    there = set(model._default_manager.values_list(*key))
    missing = [instance for natural, instance in instances.items() if natural not in there]
    model._default_manager.bulk_create(missing)
    return len(missing)


def _rows(model: type[models.Model], path: Path) -> list[tuple[str, Row]]:
    table = model._meta.db_table
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as invalid:
        raise ContentError(f"{path.name}: {invalid}") from invalid
    rows = found.get(table)
    if list(found) != [table] or not isinstance(rows, list):
        raise ContentError(f"{path.name}: must hold [[{table}]] and nothing else")
    return [(f"{path.name}: {table} {number}", row) for number, row in enumerate(rows, start=1)]


def _named(place: str, row: Row, key: Sequence[str]) -> str:
    return f"{place} ({', '.join(str(row[name]) for name in key if name in row)})"


def _instance(model: type[models.Model], row: Row, *, place: str, resolve: Resolve) -> models.Model:
    values = {}
    for name, value in row.items():
        try:
            model._meta.get_field(name)
        except FieldDoesNotExist as unknown:
            raise ContentError(f"{place}: no column {name!r}") from unknown
        if name in resolve and value not in resolve[name]:
            raise ContentError(f"{place}: unknown {name} {value!r}")
        values[name] = resolve[name][value] if name in resolve else value
    instance = model(**values)
    try:
        instance.clean_fields(exclude=resolve)
    except ValidationError as invalid:
        problems = "; ".join(f"{name}: {' '.join(said)}" for name, said in invalid.message_dict.items())
        raise ContentError(f"{place}: {problems}") from invalid
    return instance
