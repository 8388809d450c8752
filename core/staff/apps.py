from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "core.staff"
    label = "staff"
    verbose_name = _("함께 일하기")
