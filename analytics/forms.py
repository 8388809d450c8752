"""Query parameters of the plots. Invalid ones are ignored."""

from typing import Any

from django import forms

from analytics.pages import dashboard
from analytics.pages.strength_panel import SPANS


class InsightsForm(forms.Form):
    week = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    month = forms.DateField(required=False, input_formats=["%Y-%m"])
    year = forms.IntegerField(required=False, min_value=1900, max_value=9999)
    span = forms.ChoiceField(required=False, choices=[(span, span) for span in SPANS])

    def valid(self, *names: str) -> dict[str, Any]:
        """The values of these fields that were sent and are valid."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}


class SpanForm(forms.Form):
    """How many weeks the staff's dashboard shows."""

    weeks = forms.ChoiceField(required=False, choices=[(n, n) for n in dashboard.SPANS])

    def chosen(self) -> int:
        self.is_valid()
        return int(self.cleaned_data.get("weeks") or dashboard.USUAL)
