"""Forms of circles."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from circles import sharing
from circles.models import Cheer
from core.form_fields import TextField
from habits.models import UserHabit

_REQUIRED = {"required": _("적어 주세요.")}


class NamesForm(forms.Form):
    """What the person calls the circle, and what the others call them there."""

    circle_name = TextField(label=_("모임 이름"), max_length=30, error_messages=_REQUIRED)
    nickname = TextField(
        label=_("여기서 쓸 이름"),
        max_length=20,
        error_messages=_REQUIRED,
        help_text=_("모임 사람들에게만 보여요. 프로필의 이름과 달라도 돼요."),
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
