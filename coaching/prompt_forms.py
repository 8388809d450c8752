"""The staff's form of a prompt template: texts in both languages, variables to choose."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coaching.composition import VARIABLES
from coaching.models import AIPromptTemplate
from core.form_fields import TextField

# What each variable holds, for staff.
_MEANINGS = {
    "rules": _("모든 글이 지키는 규칙"),
    "today": _("오늘 날짜와 요일"),
    "category": _("습관의 분류"),
    "habit_name": _("습관 이름, 보여 주지 않기로 했으면 비어 있어요"),
    "title": _("제목"),
    "fact": _("확인한 사실"),
    "extra": _("또 하나의 사실, 없으면 비어 있어요"),
    "step": _("다음 걸음"),
    "about": _("다음 걸음의 종류: today, later, rest, limit, change, more, go_on"),
    "turn": _("그동안 받은 메시지 수"),
}
# Form field → key in the English texts.
ENGLISH = {"name_en": "name", "template_en": "template", "rule_template_en": "rule_template"}
_LANG = {"lang": "en"}


# Those that may hold nothing, so that a text has to do without.
_MAY_BE_EMPTY = {"category", "habit_name", "extra"}
_TYPES = {"string": pgettext_lazy("kind of variable", "글"), "integer": _("수")}


def described(declared: Iterable[str], types: Mapping[str, str]) -> list[dict[str, Any]]:
    """Variables as staff read them: all of ours, and what else a version declares."""
    chosen = [*declared]
    names = [*VARIABLES, *(name for name in chosen if name not in VARIABLES)]
    return [
        {
            "name": name,
            "type": _TYPES.get(types.get(name, ""), types.get(name, "")),
            "is_required": name not in _MAY_BE_EMPTY,
            "meaning": _MEANINGS.get(name, ""),
            "is_chosen": name in chosen,
        }
        for name in names
    ]


class VariablesWidget(forms.CheckboxSelectMultiple):
    """A row for each variable with what it holds; below, the declaration as it is stored."""

    template_name = "admin/widgets/variables.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        chosen = [str(one) for one in value or []]
        stored = {one: VARIABLES[one] for one in chosen if one in VARIABLES}
        return {"name": name, "variables": described(chosen, VARIABLES), "json": as_json(stored)}


def as_json(variables: Mapping[str, str]) -> str:
    return json.dumps(variables, ensure_ascii=False, indent=2)


def _area(**attrs: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 14, **attrs})


class PromptForm(forms.ModelForm):
    """A version of a template. What its JSON holds besides the fields stays as it is."""

    name_en = TextField(label="English", required=False, max_length=100, widget=forms.TextInput(attrs=_LANG))
    template_en = TextField(label="English", required=False, strip=False, widget=_area(**_LANG))
    rule_template_en = TextField(label="English", required=False, strip=False, widget=_area(**_LANG))
    variables = forms.MultipleChoiceField(
        label=_("변수"),
        required=False,
        widget=VariablesWidget,
        help_text=_("두 글에 쓴 것을 모두 골라 주세요. 고르지 않은 것은 쓸 수 없어요."),
        choices=[(name, format_lazy("{name}: {meaning}", name=name, meaning=_MEANINGS[name])) for name in VARIABLES],
    )

    class Meta:
        model = AIPromptTemplate
        fields: ClassVar = [
            "name", "version", "message_type", "tone", "template", "rule_template", "variables", "traffic_share",
        ]  # fmt: skip
        widgets: ClassVar = {"template": _area(), "rule_template": _area()}
        field_classes: ClassVar = dict.fromkeys(["name", "version", "template", "rule_template"], TextField)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        texts = (self.instance.translations or {}).get("en", {})
        stored = {field: texts.get(key) for field, key in ENGLISH.items()}
        chosen = [*VARIABLES] if self.instance._state.adding else [*(self.instance.variables or {})]
        self.initial = {**stored, **self.initial, "variables": chosen}
        if (variables := self.fields.get("variables")) is not None:
            variables.tell = self.tell_variables  # type: ignore[attr-defined] # of core.admin_base

    @staticmethod
    def tell_variables(chosen: Any, _content: Any = None) -> str:
        """Variables in words."""
        return " · ".join(str(_MEANINGS.get(name, _("다른 변수"))) for name in chosen or []) or str(_("없음"))

    def clean_variables(self) -> dict[str, str]:
        """The chosen variables with their types."""
        ours = {name: VARIABLES[name] for name in self.cleaned_data["variables"]}
        stored: dict[str, str] = self.instance.variables or {}
        return {name: type_name for name, type_name in stored.items() if name not in VARIABLES} | ours

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and {*ENGLISH} <= {*self.fields}:
            known = self.instance.translations or {}
            texts = known.get("en", {}) | {key: values[field] for field, key in ENGLISH.items()}
            self.instance.translations = known | {"en": {key: text for key, text in texts.items() if text}}
        return values
