"""Forms of achievements."""

from django import forms
from django.utils.translation import gettext_lazy as _


class _Switch(forms.CheckboxInput):
    def __init__(self) -> None:
        super().__init__(attrs={"role": "switch", "class": "switch"})


class ShareForm(forms.Form):
    """What a share card shows beside the achievement."""

    with_name = forms.BooleanField(label=_("이름 넣기"), required=False, widget=_Switch)
    with_day = forms.BooleanField(label=_("받은 날 넣기"), required=False, widget=_Switch)
