"""Forms of circles, and the staff's form of a challenge."""

import datetime as dt
from collections.abc import Collection
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from circles import sharing
from circles.models import Challenge, Cheer
from core.form_fields import NameField, TextField
from habits.models import Habit, UserHabit

_REQUIRED = {"required": _("입력해 주세요.")}


class NamesForm(forms.Form):
    """What the person calls the circle, and what the others call them there."""

    circle_name = NameField(label=_("모임 이름"), max_length=30, error_messages=_REQUIRED)
    nickname = NameField(
        label=_("여기서 쓸 이름"),
        max_length=20,
        error_messages=_REQUIRED,
        help_text=_("모임 사람들에게만 보여요. 프로필의 이름과 달라도\N{NO-BREAK SPACE}돼요."),
    )


class _HabitChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, habit: UserHabit) -> str:
        return habit.name


class HabitsForm(forms.Form):
    """The habits that are shown to the circle."""

    habits = _HabitChoice(
        queryset=UserHabit.objects.none(),
        label=_("공유할 습관"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": _("지금은 공유할 수 없는 습관이에요. 다시 골라 주세요."),
            "invalid_pk_value": _("지금은 공유할 수 없는 습관이에요. 다시 골라 주세요."),
        },
    )

    def __init__(self, *args: Any, person: User, chosen: Collection[UUID] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        field: Any = self.fields["habits"]
        field.queryset = sharing.shareable(person)
        field.initial = list(chosen)


class JoinForm(HabitsForm):
    """A name for the circle, and what is shown there."""

    nickname = NamesForm.base_fields["nickname"]
    field_order = ["nickname", "habits"]


class CheerForm(forms.Form):
    sign = forms.ChoiceField(choices=Cheer.Sign, error_messages={"invalid_choice": _("여섯 가지 가운데 골라 주세요.")})


class ChallengeForm(forms.ModelForm):
    """A challenge with its texts in both languages.

    It counts a category, a template, or any habit.
    """

    name = TextField(label=_("이름"), max_length=60)
    name_en = TextField(label=_("영어 이름"), max_length=60, widget=forms.TextInput(attrs={"lang": "en"}))
    description = TextField(label=_("설명"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    description_en = TextField(
        label=_("영어 설명"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "lang": "en"})
    )

    class Meta:
        model = Challenge
        fields: ClassVar = ["name", "description", "month", "category", "habit", "is_active", "goes_live_at"]
        help_texts: ClassVar = {
            "category": _("분류나 템플릿 가운데 하나만 골라요. 둘 다 비우면 하는 습관을 모두 세요."),
            "goes_live_at": _("비워 두면 공개하자마자 보여요."),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        english = self.instance.translations.get("en", {})
        texts = {"name_en": english.get("name"), "description_en": english.get("description")}
        self.initial = {**texts, **self.initial}
        if "habit" in self.fields:
            templates: Any = self.fields["habit"]
            templates.queryset = Habit.objects.in_catalogue().in_order()

    def clean_month(self) -> dt.date:
        return self.cleaned_data["month"].replace(day=1)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("category") and values.get("habit"):
            self.add_error("habit", _("분류와 템플릿 중 하나만 골라 주세요."))
        english = {"name": values.get("name_en"), "description": values.get("description_en")}
        self.instance.translations = {**self.instance.translations, "en": english}
        return values
