"""The text field of every form, and the inputs of times and days."""

from typing import Any

from django import forms
from django.http import QueryDict
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


def offered(form: forms.BaseForm, query: QueryDict) -> dict[str, Any]:
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
