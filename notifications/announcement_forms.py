"""The staff's form of an announcement."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.form_fields import TextField
from notifications import announcements
from notifications.models import Announcement, Platform


def _plans() -> list[tuple[str, str]]:
    return [("", _("모두")), *announcements.audience_choices["plan"]()]


class AnnouncementForm(forms.ModelForm):
    """Plans to choose from instead of their keys to type: a wrong one would reach nobody."""

    plan = forms.ChoiceField(label=gettext_lazy("요금제"), choices=_plans, required=False)

    class Meta:
        model = Announcement
        fields: ClassVar = [
            "title", "title_en", "body", "body_en", "url", "is_marketing", "plan", "language", "inactive_days",
            "target_platform", "scheduled_for",
        ]  # fmt: skip
        field_classes: ClassVar = dict.fromkeys(["title", "title_en", "body", "body_en", "url"], TextField)
        widgets: ClassVar = {
            "body": forms.Textarea(attrs={"rows": 4}),
            "body_en": forms.Textarea(attrs={"rows": 4, "lang": "en"}),
            "title_en": forms.TextInput(attrs={"lang": "en"}),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, choices in (("language", settings.LANGUAGES), ("target_platform", Platform.choices)):
            if isinstance(chosen := self.fields.get(name), forms.ChoiceField):
                chosen.choices = [("", _("모두")), *choices]
        field = self.fields.get("plan")
        if isinstance(field, forms.ChoiceField) and self.instance.plan not in {key for key, _name in _plans()}:
            field.choices = [*_plans(), (self.instance.plan, self.instance.plan)]
