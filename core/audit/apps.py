from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "core.audit"
    label = "audit"
    verbose_name = _("기록")

    def ready(self) -> None:
        from core.audit import receivers  # noqa: F401
