"""Forms of the first steps.

What was chosen travels in the address, so that each step works without JavaScript.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.formats import time_format
from django.utils.translation import gettext_lazy as _

from core.form_fields import ClockInput
from habits.models import HabitCategory, PartOfDay
from habits.onboarding.starters import MOST, Starter

TIMES = ("07:30", "12:30", "21:00")
SUGGESTED_TIME = "21:00"


def time_choices() -> list[tuple[str, str]]:
    """The times that are offered, on the clock of the language."""
    return [(time, time_format(dt.time.fromisoformat(time), "TIME_FORMAT")) for time in TIMES]


def read_wishes(query: QueryDict) -> list[str]:
    """The English names of the wished categories; unknown ones are ignored."""
    known = HabitCategory.objects.filter(is_active=True, name_en__in=query.getlist("wish")[:20])
    return list(known.order_by("sort_order", "name").values_list("name_en", flat=True))


def read_starters(query: QueryDict) -> list[Starter]:
    """The chosen templates with their parts of the day; values that no page sends are ignored."""
    starters = []
    for text in query.getlist("habit")[: MOST + 1]:
        part = query.get(f"part-{text}", "")
        try:
            starters.append(Starter(UUID(text), part if part in PartOfDay.values else PartOfDay.ANYTIME))
        except ValueError:
            continue
    return starters


class TimeForm(forms.Form):
    """When to remind: one of three times, or another one."""

    time = forms.ChoiceField(
        label=_("알림 시각"), choices=time_choices, widget=forms.RadioSelect, required=False, initial=SUGGESTED_TIME
    )
    other = forms.TimeField(
        label=_("다른 시각"),
        required=False,
        widget=ClockInput,
        error_messages={"invalid": _("시각을 다시 골라 주세요.")},
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        time = values.get("time")
        values["remind_at"] = values.get("other") or (dt.time.fromisoformat(time) if time else None)
        return values
