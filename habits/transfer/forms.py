"""Forms of the import page: the file, and an action for each habit in it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habits.transfer.merge_plan import ImportAction
from habits.transfer.upload_contents import MAX_BYTES


class ImportFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("파일"),
        widget=forms.FileInput(attrs={"accept": ".zip,.db,.csv,.json", "data-most": MAX_BYTES}),
        error_messages={
            "required": gettext_lazy("파일을 골라 주세요."),
            "empty": gettext_lazy("비어 있는 파일이에요."),
            "invalid": gettext_lazy("파일을 골라 주세요."),
            "missing": gettext_lazy("파일을 골라 주세요."),
        },
        allow_empty_file=True,
    )


class ChoiceForm(forms.Form):
    """A select for each habit of the preview, named after its position.

    A missing value means the suggested action.
    """

    def __init__(self, data: Any, *, preview: Sequence[dict[str, Any]]):
        super().__init__(data)
        for number, habit in enumerate(preview):
            widget = forms.Select(
                attrs={"class": "input", "aria-label": _("%(name)s, 어떻게 할까요?") % {"name": habit["name"]}}
            )
            self.fields[f"do-{number}"] = forms.ChoiceField(
                choices=_choices(habit), initial=habit["do"], required=False, widget=widget
            )

    @cached_property
    def actions(self) -> list[ImportAction]:
        """The actions of a valid form."""
        return [self.cleaned_data[name] or field.initial for name, field in self.fields.items()]


def _choices(habit: dict[str, Any]) -> list[tuple[ImportAction, str]]:
    """The actions that are possible for this habit."""
    leave: tuple[ImportAction, str] = ("leave", _("가져오지 않기"))
    if habit["again"]:
        return [("join", _("새 기록만 더하기")), leave]
    new: list[tuple[ImportAction, str]] = [("add", _("새 습관으로")), ("away", _("보관하기"))]
    join: tuple[ImportAction, str] = ("join", _("하던 습관과 합치기"))
    return [*([join] if habit["into"] else []), *new, leave]
