from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "wellness.audit"
    label = "audit"
