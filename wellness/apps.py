from django.apps import AppConfig


class WellnessConfig(AppConfig):
    """The project itself: commands, template tags, checks."""

    name = "wellness"
