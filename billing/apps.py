from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("요금제와 결제")

    def ready(self) -> None:
        from billing import entitlements, plans
        from notifications import announcements

        # Announcements can be limited to the people of a plan, which only billing knows.
        announcements.audience_filters["plan"] = entitlements.people_on
        announcements.audience_choices["plan"] = plans.choices
