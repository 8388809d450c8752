"""Words in the data of a notification, kept with their sources to be said in any language.

    of_row(achievement, "name")             a text of a row that has translations
    of_list(habit, "tips", turn=n)          one of a list of such texts
    of_choice(Cheer, "sign", "heart")       the label of a choice
    keep(data, template=…, language=…)      the data to store
    written(data)                           how it was written; None for data stored without that
    KeptWords(language).say(data)           the data in this language, its dates as dates again

A word is a text in the language that is active when it is made. Its source is stored beside it, sealed like it. Where
the row of a source is gone, the stored word stands.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils import translation

from core.db.columns import Translated

# The key in stored data for what another language needs.
_KEY = "written"

type Source = dict[str, Any]


class Word(str):
    """A text that knows its source."""

    __slots__ = ("source",)

    source: Source


class Written(NamedTuple):
    """How data was written: `dates` are the keys of its dates, `words` the sources by key."""

    template: str
    language: str
    dates: list[str]
    words: dict[str, Any]

    def sources(self) -> list[Source]:
        found = [one for value in self.words.values() for one in (value if isinstance(value, list) else [value])]
        return [source for source in found if source]


def of_row(row: Translated, field: str) -> Word:
    """A translated text of a row."""
    return _word({"model": row._meta.label_lower, "id": str(row.pk), "field": field}, row)


def of_list(row: Translated, field: str, *, turn: int) -> Word:
    """The text whose turn it is in a translated list, as long as it is in the active language."""
    return _word({"model": row._meta.label_lower, "id": str(row.pk), "field": field, "turn": turn}, row)


def of_choice(model: type[models.Model], field: str, value: str) -> Word:
    """The label of a value of a field with choices."""
    return _word({"model": model._meta.label_lower, "field": field, "value": value}, None)


def keep(data: Mapping[str, Any], *, template: str = "", language: str) -> dict[str, Any]:
    """The data with what it takes to say it in another language."""
    dates = [key for key, value in data.items() if type(value) is dt.date]
    sources = {key: source for key, value in data.items() if (source := _source(value))}
    return {**data, _KEY: Written(template, language, dates, sources)._asdict()}


def written(data: Any) -> Written | None:
    """How stored data was written; None where that is not known."""
    found = data.get(_KEY) if isinstance(data, dict) else None
    return Written(**found) if isinstance(found, dict) and set(found) == set(Written._fields) else None


class KeptWords:
    """Says stored data in one language.

    The rows that words come from are read once, for all of `load` together.
    """

    def __init__(self, language: str):
        self.language = language
        self._rows: dict[tuple[str, str], Translated | None] = {}

    def load(self, many: Iterable[Written]) -> None:
        wanted: dict[str, set[str]] = defaultdict(set)
        for source in (source for one in many for source in one.sources() if "id" in source):
            if (source["model"], source["id"]) not in self._rows:
                wanted[source["model"]].add(source["id"])
        for label, ids in wanted.items():
            found = _find(label, ids)
            self._rows |= {(label, key): found.get(key) for key in ids}

    def say(self, data: dict[str, Any]) -> dict[str, Any]:
        how = written(data)
        if how is None:
            return data
        self.load([how])
        with translation.override(self.language):
            words = {key: self._say(source, data[key]) for key, source in how.words.items()}
        return {**data, **words, **{key: dt.date.fromisoformat(data[key]) for key in how.dates}}

    def _say(self, source: Any, stored: Any) -> Any:
        if isinstance(source, list):
            return [self._say(*pair) for pair in zip(source, stored, strict=True)]
        if source is None:
            return stored
        return _text(source, self._rows.get((source["model"], source.get("id", ""))), stored)


def _word(source: Source, row: Translated | None) -> Word:
    word = Word(_text(source, row, ""))
    word.source = source
    return word


def _source(value: Any) -> Any:
    """The source of a word, or those of a list's words; None without any."""
    if isinstance(value, Word):
        return value.source
    found = [_source(one) for one in value] if isinstance(value, list) else []
    return found if any(found) else None


def _text(source: Source, row: Translated | None, stored: str) -> str:
    """In the active language."""
    if "value" in source:
        return _label(source) or stored
    if row is None:
        return stored
    if "turn" not in source:
        return row.text(source["field"])
    texts = row.text_list(source["field"])
    return texts[source["turn"] % len(texts)] if texts else ""


def _label(source: Source) -> str:
    """The label of a choice; empty for one that is no more."""
    try:
        field: Any = apps.get_model(source["model"])._meta.get_field(source["field"])
    except (LookupError, FieldDoesNotExist):
        return ""
    return str(dict(field.flatchoices).get(source["value"], ""))


def _find(label: str, ids: Iterable[str]) -> dict[str, Translated]:
    """Rows with translations by their keys, without those that are gone."""
    try:
        model = apps.get_model(label)
        found = model._default_manager.filter(pk__in=ids) if issubclass(model, Translated) else ()
        return {str(row.pk): row for row in found}
    except (LookupError, ValueError, ValidationError):
        return {}
