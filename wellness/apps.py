from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import autodiscover_modules


class WellnessConfig(AppConfig):
    """The app of the project itself; it holds the commands for operators."""

    name = "wellness"
    default = True

    def ready(self) -> None:
        # Binds tasks to our Celery app in every process; without it a wake-up from a page would use another broker.
        import wellness.celery
        import wellness.checks  # noqa: F401 - registers the system checks


class StaffSiteConfig(SimpleAdminConfig):
    """Django's admin with our site."""

    default_site = "wellness.staff_site.StaffSite"

    def ready(self) -> None:
        super().ready()
        autodiscover_modules("admin")
