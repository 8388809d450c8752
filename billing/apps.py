from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("요금제와 결제")

    def ready(self) -> None:
        from billing import entitlements
        from notifications import announcements

        # Staff write to the people of a plan; whose plan is which is known here alone.
        announcements.narrowing["plan"] = entitlements.people_on
