"""The staff's form of an achievement, with fields for the kind of its criterion.

`form_for(kind)` is the form with the fields of one kind; a criterion of several parts is written as JSON. Every kind can be:
JSON that was changed is taken instead of the fields. What cannot be earned is refused with the reason. With `_preview` the
form counts who would earn it, with `_kind` it has the fields of another kind; both keep what was typed and save nothing.
"""

import datetime as dt
import json
from functools import lru_cache
from typing import Any, ClassVar, get_args

from django import forms
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.form_fields import TextField
from core.staff.json_fields import JSONField
from core.staff_widgets import ColorField, IconField
from gamification import backfills, badge_icons, criteria, reachability, records
from gamification.models import Achievement
from gamification.pages.criterion_text import DETAILS, FEASTS

# What a badge is drawn in where its category has no colour of its own.
BADGE_RED = "#A5332A"
# Kinds of several parts are JSON: their parts are criteria themselves.
AS_JSON = {"all", "any"}
UNREACHABLE = gettext_lazy("받을 수 없는 조건이에요. %(reason)s")
_NAMES = {
    "need": gettext_lazy("몇 번, 며칠, 몇 개"),
    "start": gettext_lazy("몇 시부터"),
    "end": gettext_lazy("몇 시 전까지"),
    "days": gettext_lazy("요일"),
    "category": gettext_lazy("분류"),
    "times": gettext_lazy("하나마다 몇 번"),
    "what": gettext_lazy("무엇을"),
    "weather": gettext_lazy("날씨"),
    "away": gettext_lazy("며칠 쉰 뒤"),
    "month": gettext_lazy("월"),
    "day": gettext_lazy("일"),
    "feast": gettext_lazy("명절"),
}


def kind_labels() -> dict[str, str]:
    """The kinds in words that a curator understands."""
    return {
        "streak_days": _("이어 온 날"),
        "streak_weeks": _("이어 온 주"),
        "rested": _("쉬면서도 이어 온 날"),
        "protected": _("지킴이가 지킨 날"),
        "habit_total": _("한 습관을 몇 번"),
        "total": _("모두 몇 번"),
        "habits": _("함께 하는 습관"),
        "habits_done": _("여러 습관을 몇 번씩"),
        "days": _("하나라도 한 날"),
        "perfect_days": _("온전한 하루"),
        "perfect_weeks": _("온전한 한 주"),
        "hours": _("하루 중 언제"),
        "weekdays": _("요일"),
        "category": _("한 분류"),
        "categories": _("여러 분류"),
        "noted": _("기분·기운·메모·사진"),
        "weather": _("날씨"),
        "seasons": _("계절"),
        "comeback": _("쉬었다 돌아옴"),
        "date": _("날짜"),
        "lunar": _("음력 명절"),
        "reactions": _("코치 메시지에 답하기"),
        "level": _("단계"),
        "all": _("여러 조건을 한 번에"),
        "any": _("여러 조건 가운데 하나"),
    }


class AchievementForm(forms.ModelForm):
    """The fields that every kind has."""

    criterion_kind: ClassVar[str] = "total"

    name_en = TextField(label=gettext_lazy("영어 이름"), required=False, max_length=100)
    description_en = TextField(
        label=gettext_lazy("영어 설명"), required=False, widget=forms.Textarea(attrs={"rows": 4, "lang": "en"})
    )
    icon = IconField(label=gettext_lazy("그림"), icons=badge_icons.CHOICES)
    color = ColorField(
        label=gettext_lazy("색"), more=[(BADGE_RED, gettext_lazy("배지의 빨강"))], initial=BADGE_RED, required=False
    )
    hint = TextField(label=gettext_lazy("힌트"), required=False, help_text=gettext_lazy("숨은 배지에만 보여요."))
    hint_en = TextField(label=gettext_lazy("영어 힌트"), required=False)

    class Meta:
        model = Achievement
        widgets: ClassVar = {"description": forms.Textarea(attrs={"rows": 4})}
        field_classes: ClassVar = dict.fromkeys(["id", "name", "description", "seal"], TextField)
        fields: ClassVar = [
            "id", "name", "description", "seal", "icon", "color", "rarity", "is_active", "goes_live_at", "points", "sort_order",
        ]  # fmt: skip

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any):
        super().__init__(self._of_kind(data) if data and "_kind" in data else data, *args, **kwargs)
        self.preview: backfills.CriterionPreview | None = None
        self.criterion: criteria.Criterion | None = None
        self._before = self.instance.criteria
        for name in ("icon", "color"):
            field = self.fields.get(name)
            if isinstance(field, IconField | ColorField):
                field.keep(getattr(self.instance, name))
        stored = self.instance.criteria if isinstance(self.instance.criteria, dict) else {}
        if stored.get("kind") == self.criterion_kind:
            for name in self._own_names():
                self.initial[f"c_{name}"] = stored.get(name)
            self.initial.update({"c_json": stored, "hidden": stored.get("hidden", False)})
        elif self.criterion_kind in AS_JSON:
            self.initial["c_json"] = dict(criteria.EXAMPLES[self.criterion_kind])
        else:
            self.initial["c_json"] = stored or None
        texts = self.instance.translations or {}
        english, korean = texts.get("en", {}), texts.get("ko", {})
        self.initial.update({"name_en": english.get("name"), "description_en": english.get("description")})
        self.initial.update({"hint": korean.get("hint"), "hint_en": english.get("hint"), "kind": self.criterion_kind})
        for name, choices in self._choices().items():
            if isinstance(field := self.fields.get(f"c_{name}"), forms.ChoiceField):
                field.choices = choices

    def full_clean(self) -> None:
        if "_kind" not in self.data:
            super().full_clean()
            return
        # Nothing is checked yet: the page is shown again with what was typed.
        self._errors, self.cleaned_data = ErrorDict(), {}
        self.add_error(None, _("조건의 종류를 바꿨어요. 아직 저장하지 않았어요."))

    @classmethod
    def _of_kind(cls, data: Any) -> Any:
        """What was typed, with the kind that was chosen. Its JSON is blank or an example."""
        example = criteria.EXAMPLES[cls.criterion_kind] if cls.criterion_kind in AS_JSON else None
        typed = data.copy()
        typed["kind"], typed["c_json"] = cls.criterion_kind, json.dumps(example) if example else ""
        return typed

    @classmethod
    def criterion_names(cls) -> list[str]:
        """The names of the fields that describe the criterion.

        JSON beside other fields is a section of its own.
        """
        own = ["c_json"] if cls.criterion_kind in AS_JSON else [f"c_{name}" for name in cls._own_names()]
        return [*own, "hidden", "kind"]

    @classmethod
    def _own_names(cls) -> list[str]:
        return [name for name in parameters(cls.criterion_kind) if cls.criterion_kind not in AS_JSON]

    @property
    def criterion_changed(self) -> bool:
        return self.instance.criteria != self._before

    def clean_color(self) -> str:
        return self.cleaned_data["color"] or BADGE_RED

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        if self.errors:
            return sent
        try:
            criterion = records.earnable(self._criteria(sent))
        except criteria.CriteriaError as error:
            for name, problem in error.problems.items():
                field = "c_json" if self._is_json(sent) else f"c_{name.partition('.')[0]}"
                self.add_error(field if field in self.fields else None, problem)
        except reachability.Unreachable as error:
            self.add_error(None, UNREACHABLE % {"reason": error})
        else:
            self.criterion = criterion
            self.instance.criteria = self._criteria(sent)
            self.instance.translations = self._translations(sent)
            if "_preview" in self.data:
                self._count(criterion, now=timezone.now())
        return sent

    def _count(self, criterion: criteria.Criterion, *, now: dt.datetime) -> None:
        self.preview = backfills.preview(criterion, now=now)
        # An error, so that the page is shown again instead of saving.
        self.add_error(None, _("미리 본 것이에요. 아직 저장하지 않았어요."))

    def _is_json(self, sent: dict[str, Any]) -> bool:
        """Whether the JSON says what is asked: always for several parts, else where it was changed."""
        return self.criterion_kind in AS_JSON or ("c_json" in self.changed_data and bool(sent.get("c_json")))

    def _criteria(self, sent: dict[str, Any]) -> dict[str, Any]:
        if self._is_json(sent):
            return sent.get("c_json") or {}
        values = {name: sent.get(f"c_{name}") for name in self._own_names()}
        if "days" in values and self.criterion_kind == "weekdays":
            values["days"] = sorted(int(day) for day in values["days"] or [])
        hidden = {"hidden": True} if sent.get("hidden") else {}
        return {
            "kind": self.criterion_kind,
            **{name: value for name, value in values.items() if value is not None},
            **hidden,
        }

    def _translations(self, sent: dict[str, Any]) -> dict[str, Any]:
        english = {"name": sent.get("name_en"), "description": sent.get("description_en"), "hint": sent.get("hint_en")}
        said = {"ko": {"hint": sent.get("hint")}, "en": english}
        filled = {code: {name: text for name, text in texts.items() if text} for code, texts in said.items()}
        return {code: texts for code, texts in filled.items() if texts}

    @staticmethod
    def _choices() -> dict[str, list[tuple[Any, str]]]:
        words = records.source().vocabulary()
        return {"category": list(words.categories.items()), "weather": list(words.weathers.items())}


def parameters(kind: str) -> dict[str, Any]:
    """The parameters of a kind, without those that have only one value."""
    model = _model(kind)
    own = {name: field for name, field in model.model_fields.items() if name not in ("kind", "hidden", "of")}
    return {name: field for name, field in own.items() if len(get_args(field.annotation)) != 1 or name == "days"}


@lru_cache(maxsize=32)
def form_for(kind: str) -> type[AchievementForm]:
    """The form with the fields of this kind."""
    fields: dict[str, Any] = {f"c_{name}": _field(kind, name) for name in parameters(kind) if kind not in AS_JSON}
    told = "" if kind in AS_JSON else gettext_lazy("여기를 고치면 위의 칸 대신 이것을 써요.")
    fields["c_json"] = JSONField(label=gettext_lazy("조건 (JSON)"), required=kind in AS_JSON, help_text=told)
    fields["hidden"] = forms.BooleanField(
        label=pgettext_lazy("one", "숨은 배지"), required=False, help_text=gettext_lazy("받기 전에는 힌트만 보여요.")
    )
    fields["kind"] = TextField(widget=forms.HiddenInput, required=False)
    return type(f"{kind.title().replace('_', '')}Form", (AchievementForm,), {"criterion_kind": kind, **fields})


def _field(kind: str, name: str) -> forms.Field:
    label = gettext_lazy("계절마다 며칠") if (kind, name) == ("seasons", "days") else _NAMES[name]
    match name:
        case "days" if kind == "weekdays":
            days = [(str(number + 1), text) for number, text in WEEKDAYS.items()]
            return forms.MultipleChoiceField(label=label, choices=days, widget=forms.CheckboxSelectMultiple)
        case "what":
            return forms.ChoiceField(label=label, choices=_details)
        case "feast":
            return forms.ChoiceField(label=label, choices=_feasts)
        case "category" | "weather":
            return forms.ChoiceField(label=label)
    bounds = {type(one).__name__: one for one in _model(kind).model_fields[name].metadata}
    low, high = getattr(bounds.get("Ge"), "ge", None), getattr(bounds.get("Le"), "le", None)
    return forms.IntegerField(label=label, min_value=low, max_value=high)


def _details() -> list[tuple[str, str]]:
    return [(what, text()) for what, text in DETAILS.items()]


def _feasts() -> list[tuple[str, str]]:
    return [(feast, text()) for feast, text in FEASTS.items()]


@lru_cache(maxsize=32)
def _model(kind: str) -> type[criteria.Criterion]:
    return type(criteria.parse(dict(criteria.EXAMPLES[kind])))
