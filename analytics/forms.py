"""Query parameters of the plots (invalid ones are ignored), and the other forms."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from analytics.experiments import LONGEST_IDEA
from analytics.pages import dashboard
from analytics.pages.strength_panel import SPANS
from core.form_fields import TextField
from gamification.forms import ShareForm
from notifications.forms import SwitchInput


class InsightsForm(forms.Form):
    week = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    month = forms.DateField(required=False, input_formats=["%Y-%m"])
    year = forms.IntegerField(required=False, min_value=1900, max_value=9999)
    span = forms.ChoiceField(required=False, choices=[(span, span) for span in SPANS])

    def valid(self, *names: str) -> dict[str, Any]:
        """The values of these fields that were sent and are valid."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}


class WeekShareForm(ShareForm):
    """What the picture of a week shows beside its days."""

    with_day = forms.BooleanField(label=_("날짜 넣기"), required=False, widget=SwitchInput(**{"class": "switch"}))


class ExperimentForm(forms.Form):
    idea = TextField(
        label=_("무엇을 바꿔 볼까요?"),
        max_length=LONGEST_IDEA,
        widget=forms.TextInput(attrs={"list": "ideas"}),
        error_messages={
            "required": _("바꿔 볼 것을 한 줄로 적어 주세요."), "max_length": _("200자까지 쓸 수 있어요."),
        },
    )  # fmt: skip


class SpanForm(forms.Form):
    """How many weeks the staff's dashboard shows."""

    weeks = forms.ChoiceField(required=False, choices=[(n, n) for n in dashboard.SPANS])

    def chosen(self) -> int:
        self.is_valid()
        return int(self.cleaned_data.get("weeks") or dashboard.USUAL)
