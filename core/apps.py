from django.apps import AppConfig


class CoreConfig(AppConfig):
    """What every app stands on: template tags, database, crypto, audit."""

    name = "core"
