"""The forms of staff for the catalogue: both languages side by side, and no JSON to type."""

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from core.form_fields import TextField
from core.staff_widgets import ColorField, IconField, LinesField, LinesWidget
from habits import catalogue_icons
from habits.forms import schedule_fields, schedule_initial, schedule_kinds
from habits.models import Habit, HabitCategory
from habits.schedules import KINDS, TEMPLATE_COLUMNS, Daily, Rule, RuleError, Schedule

# Intervals of a template count from the day on which a person begins, so any day will do here.
ANY_MONDAY = dt.date(2001, 1, 1)

ENGLISH = {"lang": "en"}


def _area(**attrs: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 2, **attrs})


class CatalogueForm(forms.ModelForm):
    """A row with an icon and English texts. The texts of other languages stay as they are."""

    # Form field → key in `translations`.
    english: ClassVar[dict[str, str]]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        texts = self.instance.translations.get("en", {})
        self.initial = {**{field: texts.get(key) for field, key in self.english.items()}, **self.initial}
        icon = self.fields["icon"]
        if isinstance(icon, IconField):
            icon.keep(self.instance.icon)

    def clean_icon(self) -> str | None:
        return self.cleaned_data["icon"] or None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        known = self.instance.translations
        texts = known.get("en", {}) | {key: values.get(field) for field, key in self.english.items()}
        self.instance.translations = known | {"en": {key: text for key, text in texts.items() if text}}
        return values


class CategoryForm(CatalogueForm):
    english: ClassVar = {"title_en": "name", "description_en": "description"}

    icon = IconField(label=_("그림"), icons=catalogue_icons.CHOICES)
    color = ColorField(label=_("색"))
    title_en = TextField(label="English", max_length=100, widget=forms.TextInput(attrs=ENGLISH))
    description = TextField(label=_("설명"), required=False, widget=_area(), max_length=500)
    description_en = TextField(label="English", required=False, widget=_area(**ENGLISH), max_length=500)

    class Meta:
        model = HabitCategory
        fields = ["name", "name_en", "description", "icon", "color", "is_active"]
        field_classes: ClassVar = dict.fromkeys(["name", "name_en"], TextField)
        labels: ClassVar = {"name_en": _("짧은 영어 이름")}
        help_texts: ClassVar = {"name_en": _("주소에 쓰여요. 영어 소문자 한 낱말로 적어 주세요. 예: health")}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        color = self.fields["color"]
        if isinstance(color, ColorField):
            color.keep(self.instance.color)


class TemplateForm(CatalogueForm):
    english: ClassVar = {
        "name_en": "name",
        "description_en": "description",
        "unit_en": "unit",
        "instructions_en": "instructions",
        "tips_en": "tips",
    }

    name_en = TextField(label="English", max_length=200, widget=forms.TextInput(attrs=ENGLISH))
    description = TextField(label=_("설명"), required=False, widget=_area(), max_length=500)
    description_en = TextField(label="English", required=False, widget=_area(**ENGLISH), max_length=500)
    icon = IconField(label=_("그림"), icons=[("", _("분류의 그림")), *catalogue_icons.CHOICES], required=False)
    frequency = forms.ChoiceField(
        label=_("얼마나 자주 할까요?"),
        choices=[(kind.option, kind.title) for kind in KINDS.values()],
        widget=forms.RadioSelect,
    )
    unit_en = TextField(label="English", required=False, max_length=20, widget=forms.TextInput(attrs=ENGLISH))
    instructions = LinesField(label=_("하는 법"), required=False)
    instructions_en = LinesField(label="English", required=False, widget=LinesWidget(attrs=ENGLISH))
    tips = LinesField(label=_("도움말"), required=False)
    tips_en = LinesField(label="English", required=False, widget=LinesWidget(attrs=ENGLISH))

    class Meta:
        model = Habit
        field_classes: ClassVar = dict.fromkeys(["name", "default_unit"], TextField)
        fields = [
            "name",
            "description",
            "category",
            "icon",
            "difficulty_level",
            "estimated_time_minutes",
            "default_target_count",
            "default_unit",
            "default_direction",
            "default_part_of_day",
            "instructions",
            "tips",
            "is_featured",
            "is_active",
        ]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields |= schedule_fields()
        self.initial = {**schedule_initial(self._schedule()), **self.initial}

    def _schedule(self) -> Schedule:
        try:
            return Rule.of_template(self.instance, begins_on=ANY_MONDAY).schedule
        except RuleError:
            # What the columns say is no schedule; the form offers the simplest.
            return Daily()

    def kinds(self) -> list[dict[str, Any]]:
        return schedule_kinds(self)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not self.errors:
            try:
                rule = self._rule(values)
            except RuleError as error:
                self.add_error(self._field_of(error), str(error))
            else:
                stored = {key: part for key, part in rule.schedule.to_json().items() if key != "from"}
                self.instance.default_frequency, self.instance.default_schedule = rule.schedule.frequency, stored
        return values

    def _rule(self, values: dict[str, Any]) -> Rule:
        return Rule(
            KINDS[values["frequency"]].from_form(values, before=Daily(), day=ANY_MONDAY),
            values["default_target_count"],
            values["default_unit"] or "",
            values["default_direction"],
        )

    def _field_of(self, error: RuleError) -> str | None:
        own = {column.removeprefix("default_").removesuffix("_count"): column for column in TEMPLATE_COLUMNS}
        inputs = {one.part: one.name for one in KINDS[self.cleaned_data["frequency"]].inputs}
        name = (own | inputs).get(error.field)
        return name if name in self.fields else None
