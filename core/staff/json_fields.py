"""Form fields for JSON columns: what PostgreSQL accepts, in the shape that pages read."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext as _


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _translations(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(said, dict) and all(isinstance(text, str) or _texts(text) for text in said.values())
        for said in value.values()
    )


def _limits(value: object) -> bool:
    return isinstance(value, dict) and all(type(most) is int and most >= -1 for most in value.values())


def _variables(value: object) -> bool:
    return isinstance(value, dict) and all(
        name.isidentifier() and kind in ("string", "integer") for name, kind in value.items()
    )


class Shape(NamedTuple):
    holds: Callable[[object], bool]
    # Shown in the error message.
    example: str


_LINES = Shape(_texts, '["…", "…"]')
# By column name. Pages read these columns, so their shape is validated before they are saved.
SHAPES = {
    "translations": Shape(_translations, '{"en": {"name": "Water", "tips": ["…"]}}'),
    "default_schedule": Shape(lambda value: isinstance(value, dict), '{"kind": "weekdays", "days": [1, 3, 5]}'),
    "instructions": _LINES,
    "tips": _LINES,
    "features": _LINES,
    # -1 means unlimited.
    "limits": Shape(_limits, '{"max_habits": 3}'),
    "variables": Shape(_variables, '{"habit": "string", "streak": "integer"}'),
}


def harmless(read: Any) -> Any:
    """Returns the value.

    Raises ValueError for a NUL, a lone surrogate, and a number that is none, which PostgreSQL rejects.
    """
    if rb"\u0000" in json.dumps(read, ensure_ascii=False, allow_nan=False).encode():
        raise ValueError("NUL")
    return read


class JSONField(forms.JSONField):
    """A form field for JSON that PostgreSQL accepts.

    Rejects deep nesting, very long numbers, NUL and lone surrogates.
    """

    shape: Shape | None = None
    # The value saved when the field is left empty.
    nothing: Any = None

    def to_python(self, value: Any) -> Any:
        try:
            return harmless(super().to_python(value))
        except (ValueError, RecursionError) as error:
            shown = {"value": str(value)[:100]}
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid", params=shown) from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if self.shape and value is not None and not self.shape.holds(value):
            raise forms.ValidationError(_("이런 모양으로 적어 주세요: %(example)s") % {"example": self.shape.example})

    def clean(self, value: Any) -> Any:
        read = super().clean(value)
        return self.nothing if read is None else read

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return harmless(super().bound_data(data, initial))
        except (ValueError, RecursionError):
            return forms.fields.InvalidJSONInput(data)
