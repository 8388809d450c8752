"""What a revision changed, as sentences.

A value is shown as people read it: a row by its name, a choice by its label, a time on the colleague's clock. What only
an app can tell it registers:

    history.tell("gamification.achievement", "criteria", sentence)      the column as a whole
    history.name_parts("billing.subscriptionplan", "limits", LABELS)    the parts of a JSON column, each by itself
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import DateTimeField, Field, JSONField, Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit.triggers import HIDDEN
from core.text_format import Text

# From the value of a column and the whole content to words.
type Teller = Callable[[Any, dict[str, Any]], Text]

# Longer values are cut: the revision itself holds them whole.
SHOWN = 60
# What is shown before the first difference of two long texts.
_BEFORE = 15

_LANGUAGES = {"ko": gettext_lazy("한국어"), "en": gettext_lazy("영어")}
_TELLERS: dict[tuple[str, str], Teller] = {}
_PARTS: dict[tuple[str, str], Mapping[str, Text]] = {}


@dataclasses.dataclass(frozen=True)
class _ContentPart:
    """A column of a content, or a part of a JSON column."""

    label: Text
    value: Any
    # The value in words.
    said: str


def tell(model: str, column: str, teller: Teller) -> None:
    """Registers how a column is put into words."""
    _TELLERS[model, column] = teller


def tell_choices(model: str, column: str, choices: Iterable[tuple[Any, Any]], other: Text) -> None:
    """Registers the names of a column's values; `other` stands for a value without one."""
    named = dict(choices)
    tell(model, column, lambda value, _content: named.get(value, other) if value else short_text(value))


def name_parts(model: str, column: str, labels: Mapping[str, Text]) -> None:
    """Registers the names of the keys of a JSON column.

    For `translations`, of the texts that are no columns themselves.
    """
    _PARTS[model, column] = labels


def sentences(model: type[Model], before: dict[str, Any] | None, after: dict[str, Any]) -> list[str]:
    """ "이름: ‘물’ → ‘물 한 잔’", one for each column that changed."""
    if before is None:
        return [_("처음으로 남은 판이에요.")]
    was, now = dict(_parts(model, before)), dict(_parts(model, after))
    changed = [key for key in now if key not in was or was[key].value != now[key].value]
    # A part of a column that is no longer there; a column that is missing was added later.
    gone = [key for key in was if key not in now and key[0] in after]
    empty = _ContentPart("", None, short_text(None))
    return [_sentence(was.get(key, empty), now.get(key, empty)) for key in [*changed, *gone]]


def _sentence(was: _ContentPart, now: _ContentPart) -> str:
    before, after = cut_alike(was.said, now.said)
    return _("%(name)s: ‘%(before)s’ → ‘%(after)s’") % {
        "name": now.label or was.label,
        "before": before,
        "after": after,
    }


def cut_alike(before: str, after: str) -> tuple[str, str]:
    """Both texts, short enough to compare: long ones begin shortly before they differ."""
    if max(len(before), len(after)) <= SHOWN:
        return before, after
    same = next((place for place, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), SHOWN)
    begin = same - _BEFORE if same > SHOWN - _BEFORE else 0
    return _window(before, begin), _window(after, begin)


def _window(text: str, begin: int) -> str:
    cut = text[begin : begin + SHOWN]
    return f"{'…' if begin else ''}{cut}{'…' if len(text) > begin + SHOWN else ''}"


def _parts(model: type[Model], content: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], _ContentPart]]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    # Several rows of another table are shown only where their names are registered.
    several = model._meta.many_to_many
    fields |= {one.name: one for one in several if (model._meta.label_lower, one.name) in _TELLERS}
    for name, value in content.items():
        field = fields.get(name)
        if field is None:
            continue  # a column that is no longer there
        if isinstance(field, JSONField) and isinstance(value, dict) and _is_in_parts(model, name):
            yield from _of_json(model, field, value)
        else:
            yield (name,), _ContentPart(field.verbose_name, value, column_text(model, field, value, content))


def _is_in_parts(model: type[Model], column: str) -> bool:
    return column == "translations" or (model._meta.label_lower, column) in _PARTS


def _of_json(model: type[Model], field: Field, value: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], _ContentPart]]:
    labels = _PARTS.get((model._meta.label_lower, field.name), {})
    teller = _TELLERS.get((model._meta.label_lower, field.name))
    for key, part in value.items():
        if field.name == "translations" and isinstance(part, dict):
            for text, said in part.items():
                label = str(_text_label(model, text, labels))
                # In the middle of a text no word begins with a capital.
                named = {"language": _LANGUAGES.get(key, _("다른 말")), "name": label[:1].lower() + label[1:]}
                yield (
                    (field.attname, key, text),
                    _ContentPart(_("%(language)s %(name)s") % named, said, value_text(said)),
                )
        else:
            said = str(teller(part, value)) if teller else value_text(part)
            yield (field.attname, key), _ContentPart(labels.get(key, field.verbose_name), part, said)


def _text_label(model: type[Model], text: str, labels: Mapping[str, Text]) -> Text:
    """What a translated text is called: as the column that it translates."""
    if text in labels:
        return labels[text]
    columns = {field.name: field.verbose_name for field in model._meta.concrete_fields}
    return columns.get(text) or columns.get(f"default_{text}") or _("글")


def column_text(model: type[Model], field: Field, value: Any, content: dict[str, Any]) -> str:
    """The value of a column as people read it."""
    if value == HIDDEN:
        return value_text(value)
    if teller := _TELLERS.get((model._meta.label_lower, field.name)):
        return str(teller(value, content))
    if value is not None and field.is_relation:
        row = field.related_model._default_manager.filter(pk=value).first()  # type: ignore[union-attr] # of a relation
        return str(row) if row is not None else _("지워진 것")
    if field.flatchoices and value not in (None, ""):
        return str(dict(field.flatchoices).get(value, _("다른 값")))
    if isinstance(field, DateTimeField) and value:
        return _time(field.to_python(value))
    return value_text(value)


def _time(value: dt.datetime) -> str:
    return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


def short_text(value: Any) -> str:
    """A value as people read it, cut where it is long."""
    return _window(value_text(value), 0)


def value_text(value: Any) -> str:
    """A value as people read it; of one that the audit trail hides, that it is hidden."""
    if value == HIDDEN:
        return _("가렸어요")
    if value is None or value in ("", [], {}):
        return _("없음")
    if isinstance(value, bool):
        return _("예") if value else _("아니요")
    if isinstance(value, dt.datetime):
        return _time(value)
    if isinstance(value, list | tuple | set):
        return " · ".join(value_text(one) for one in value)
    if isinstance(value, dict):
        return " · ".join(f"{name}: {value_text(one)}" for name, one in value.items())
    return str(value)
