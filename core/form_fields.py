"""The text field of every form, and the inputs of times and days."""

import datetime as dt
import unicodedata
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from core import text_storage


class TextField(forms.CharField):
    """Text in the form in which it is stored (`core/text_storage.py`), counted in code points.

    The browser's `maxlength` counts UTF-16 units and cuts a paste in the middle of an emoji, so it is not used:
    js/app.js counts code points too and keeps a text that is too long from being sent, the server refuses it. Neither
    cuts it.
    """

    default_error_messages = {"max_length": _("%(limit_value)d자까지 쓸 수 있어요.")}

    def to_python(self, value: Any) -> str | None:
        return super().to_python(text_storage.normalize(value) if isinstance(value, str) else value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        if attrs.pop("maxlength", None):
            attrs |= {"data-longest": self.max_length, "data-too-long": lazy(self._too_long, str)()}
        return attrs

    def _too_long(self) -> str:
        return str(self.error_messages["max_length"]) % {"limit_value": self.max_length}


# Letters that are drawn as nothing: the fillers of Hangul, and a Braille cell without dots.
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"


class NameField(TextField):
    """A name that people read: one line, and something to see in it.

    A name of joiners, spaces and fillers alone would look empty.
    """

    default_error_messages = {"invisible": _("이름을 입력해 주세요.")}

    def to_python(self, value: Any) -> str | None:
        name = super().to_python(value)
        return " ".join(name.split()) if name else name

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not any(unicodedata.category(letter)[0] in "LNPS" and letter not in _BLANK for letter in value):
            raise forms.ValidationError(self.error_messages["invisible"], code="invisible")


# Days around the first and the last of the calendar cannot be computed, and PostgreSQL stores instants there that Python
# cannot read back: the row would be an error wherever it is shown.
FIRST_YEAR, LAST_YEAR = 1900, 2999


def validate_year(value: dt.date) -> None:
    """Also of an instant. Raises ValidationError for a year at an end of the calendar."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise forms.ValidationError(_("날짜를 다시 골라 주세요."))


class MomentField(forms.DateTimeField):
    """A day and a time on the colleague's clock."""

    default_validators = [validate_year]


class DayField(forms.DateField):
    default_validators = [validate_year]


def offered(form: forms.BaseForm, query: MultiValueDict[str, str]) -> dict[str, Any]:
    """The values of an address that the fields of the form accept; others are ignored."""
    found = {}
    for name, field in form.fields.items():
        value = field.widget.value_from_datadict(query, {}, name)
        if name in query and not field.disabled:
            try:
                field.clean(value)
            except forms.ValidationError:
                continue
            found[name] = value
    return found


class ClockInput(forms.TimeInput):
    """A time to the minute, which js/app.js shows in the page's words."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "time", "data-empty": _("시각 고르기")}, format="%H:%M")


class MomentInput(forms.DateTimeInput):
    """A day and a time on the colleague's clock."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M:%S")


class DayInput(forms.DateInput):
    """A day, shown like the times of `ClockInput`."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "date", "data-empty": _("날짜 고르기")}, format="%Y-%m-%d")
