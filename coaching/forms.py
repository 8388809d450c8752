"""Forms of the coach's pages."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from coaching.models import CoachingMessage, CoachingSettings, MessageType, Tone
from coaching.questions.answers import LONGEST
from core.form_fields import ClockInput, TextField

FEEDBACK_LENGTH = 500
SWITCH = forms.CheckboxInput(attrs={"role": "switch"})


class AskForm(forms.Form):
    question = TextField(
        label=_("무엇이 궁금한가요?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2, "class": "input", "enterkeyhint": "send", "data-send": ""}),
        error_messages={"required": _("궁금한 것을 적어 주세요.")},
    )


class ReactionForm(forms.Form):
    """A reaction, or none to take it back, with words."""

    reaction = forms.ChoiceField(choices=[("", ""), *CoachingMessage.Reaction.choices], required=False)
    feedback = TextField(
        label=_("어떤 점이 그랬나요?"),
        required=False,
        max_length=FEEDBACK_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MutedHabitForm(forms.Form):
    """A habit to mute, or to speak of again."""

    habit = forms.UUIDField()
    undo = forms.BooleanField(required=False)


class Often(models.TextChoices):
    """How often the messages of a kind are written."""

    USUAL = "usual", _("평소처럼")
    HALF = "half", _("절반만")
    NEVER = "never", _("받지 않기")


class CoachSettingsForm(forms.Form):
    """A person's choices about the coach."""

    is_on = forms.BooleanField(
        label=_("코치 켜기"),
        required=False,
        widget=SWITCH,
        help_text=_("하루에 한 번, 기록에서 찾은 것을 알려 드려요."),
    )
    clock = forms.TimeField(
        label=_("몇 시에 쓸까요?"),
        widget=ClockInput,
        error_messages={"required": _("시각을 골라 주세요."), "invalid": _("시각을 다시 골라 주세요.")},
    )
    tone = forms.ChoiceField(
        label=_("말투"), choices=[("", _("코치에게 맡기기")), *Tone.choices], required=False, widget=forms.RadioSelect
    )
    weekly_letter = forms.BooleanField(
        label=_("주간 메시지 받기"),
        required=False,
        widget=SWITCH,
        help_text=_("한 주의 첫날에, 지난 한 주를 같은 요일끼리 비교해 드려요."),
    )
    muted_habits = forms.MultipleChoiceField(
        label=_("이야기하지 않을 습관"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, choices: CoachingSettings, habits: Iterable[tuple[str, str]], **kwargs: Any):
        clock: dt.time = choices.clock
        initial = {
            "is_on": choices.is_on,
            "clock": clock,
            "tone": choices.tone or "",
            "weekly_letter": choices.weekly_letter,
            "muted_habits": choices.muted_habits,
        }
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        cast("forms.MultipleChoiceField", self.fields["muted_habits"]).choices = list(habits)
        for kind in MessageType:
            self.fields[f"often_{kind}"] = forms.ChoiceField(
                label=kind.label,
                choices=Often.choices,
                required=False,
                widget=forms.RadioSelect,
                initial=Often.NEVER if kind in choices.muted else Often.HALF if kind in choices.rarer else Often.USUAL,
            )

    @property
    def often_fields(self) -> list[forms.BoundField]:
        return [self[f"often_{kind}"] for kind in MessageType]

    @property
    def chosen(self) -> dict[str, Any]:
        """The columns of the settings and their values."""
        columns = ("is_on", "clock", "weekly_letter", "muted_habits")
        return {name: self.cleaned_data[name] for name in columns} | {
            "tone": self.cleaned_data["tone"] or None,
            "muted": self._kinds(Often.NEVER),
            "rarer": self._kinds(Often.HALF),
        }

    def _kinds(self, often: Often) -> list[str]:
        return [kind.value for kind in MessageType if self.cleaned_data[f"often_{kind}"] == often]
