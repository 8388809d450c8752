"""The form of the coach's switches.

Amounts are typed in dollars and stored in millionths of them.
"""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from coaching.models import CoachingControls
from coaching.pages.switches import MILLION

_PLACES = 6


class DollarsField(forms.DecimalField):
    """Dollars on the page, millionths of a dollar in the row."""

    def __init__(self, **kwargs: Any):
        super().__init__(min_value=0, max_value=MILLION, decimal_places=_PLACES, **kwargs)
        self.widget.attrs["step"] = "any"

    def prepare_value(self, value: Any) -> Any:
        return f"{(Decimal(value) / MILLION).normalize():f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        return None if typed is None else int(typed * MILLION)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != initial
        except ValidationError:
            return True


class ControlsForm(forms.ModelForm):
    daily_cap = DollarsField(label=_("하루에 모두 (달러)"), initial=CoachingControls().daily_cap)
    daily_cap_per_person = DollarsField(
        label=_("하루에 한 사람 (달러)"), initial=CoachingControls().daily_cap_per_person
    )

    class Meta:
        model = CoachingControls
        fields: ClassVar = ["uses_model", "sends_messages", "daily_cap", "daily_cap_per_person"]
