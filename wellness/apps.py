from django.apps import AppConfig


class WellnessConfig(AppConfig):
    """The project itself: commands, template tags, checks."""

    name = "wellness"

    def ready(self) -> None:
        # Tasks belong to the app that was made last: without ours, a page would send them to a broker of nobody's.
        import wellness.celery  # noqa: F401
