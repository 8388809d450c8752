"""Forms of achievements."""

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.forms import SwitchInput


class ShareForm(forms.Form):
    """What a share card shows beside the achievement."""

    with_name = forms.BooleanField(label=_("이름 넣기"), required=False, widget=SwitchInput(**{"class": "switch"}))
    with_day = forms.BooleanField(label=_("받은 날 넣기"), required=False, widget=SwitchInput(**{"class": "switch"}))
