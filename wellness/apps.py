from django.apps import AppConfig


class WellnessConfig(AppConfig):
    """The app of the project itself; it holds the commands for operators."""

    name = "wellness"

    def ready(self) -> None:
        # Binds tasks to our Celery app in every process; without it a wake-up from a page would use another broker.
        import wellness.celery
        import wellness.checks  # noqa: F401 - registers the system checks
