from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing import entitlements
        from notifications import announcements

        # Staff write to the people of a plan; whose plan is which is known here alone.
        announcements.narrowing["plan"] = entitlements.people_on
