from django.apps import AppConfig


class WellnessConfig(AppConfig):
    """The project itself: commands, template tags, checks."""

    name = "wellness"

    def ready(self) -> None:
        # Tasks belong to our Celery app in every process: without it a nudge from a page would look for another broker.
        import wellness.celery  # noqa: F401
