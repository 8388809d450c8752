"""Forms of rows that a colleague has changed since they were opened.

What differs is shown, and for each field it is chosen which of both is to stay.
"""

from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.staff import history
from core.text_format import Text


class RefusedForm:
    """Mixin in front of a form that is not saved, whatever is typed: `refusal` says why."""

    refusal: Text

    def clean(self) -> Any:
        values = super().clean()  # type: ignore[misc] # of the form
        self.add_error(None, self.refusal)  # type: ignore[attr-defined] # of the form
        return values


class StaleForm(RefusedForm):
    """For a row that was changed since its form was opened."""

    refusal = _("여는 사이에 다른 사람이 고쳤어요. 칸마다 무엇을 남길지 골라 주세요.")


class SavedFields:
    """Mixin in front of a form: the fields in `saved` keep the value of the row.

    For fields of a stale form for which the colleague chose the saved value.
    """

    saved: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined] # of the form
        for name in self.saved & fields.keys():
            # Django takes the initial value of such a field, by the same way as when the form is opened.
            fields[name].disabled = True


# What the page of a stale form posts for each field that differs: which of the two texts is to stay.
CHOICE = "keep_"
_SAVED = "saved"
# The fields for which it asks.
_ASKED = "differs"


def chosen(request: HttpRequest) -> frozenset[str]:
    """The fields for which the saved text was chosen."""
    choices = request.POST.items()
    return frozenset(
        name.removeprefix(CHOICE) for name, which in choices if name.startswith(CHOICE) and which == _SAVED
    )


def lacks_choice(request: HttpRequest) -> bool:
    """Whether the page asked for a choice that was not made.

    Browsers do not insist on one in Django's forms.
    """
    return any(f"{CHOICE}{name}" not in request.POST for name in request.POST.getlist(_ASKED))


def differences(form: forms.BaseForm, *, with_choices: bool) -> list[dict[str, Any]]:
    """The fields in which what is typed differs from what the row holds now.

    `with_choices` adds those that were made.
    """
    typed = getattr(form, "cleaned_data", {})
    found = []
    for name in form.changed_data:
        field = form.fields[name]
        values = form.get_initial_for_field(field, name), typed.get(name)
        theirs, mine = history.cut_alike(*(_typed(field, value) for value in values))
        choice = {
            "field": name,
            "choice": f"{CHOICE}{name}",
            "chosen": with_choices and form.data.get(f"{CHOICE}{name}"),
        }
        found.append({"name": _label(form, name), "theirs": theirs, "mine": mine, **choice})
    return found


def _label(form: forms.BaseForm, name: str) -> Any:
    """What a field is called where it stands alone: a text in English with the name of the Korean one."""
    label = form.fields[name].label
    key = getattr(form, "english", {}).get(name, name.removesuffix("_en"))
    base = form.fields.get(key) or form.fields.get(f"default_{key}")
    return f"{base.label} · {label}" if name.endswith("_en") and base else label


def _typed(field: forms.Field, value: Any) -> str:
    """The value of a form field as people read it. A field may know better: `tell`."""
    if (teller := getattr(field, "tell", None)) is not None:
        return str(teller(value))
    if isinstance(field, forms.ModelChoiceField):
        rows = [field.clean(value)] if value and not isinstance(value, list | models.QuerySet) else value
        return history.value_text([str(row) for row in rows or []])
    if isinstance(field, forms.ChoiceField):
        several = value if isinstance(value, list | tuple | dict) else [value]
        named = {str(code): label for code, label in _flat(field.choices)}
        return history.value_text([str(named.get(str(one), one)) for one in several if one not in (None, "")])
    return history.value_text(field.prepare_value(value) if isinstance(value, int) else value)


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    """The choices without their groups."""
    return [pair for code, label in choices for pair in (label if isinstance(label, list | tuple) else [(code, label)])]
