from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HabitsConfig(AppConfig):
    name = "habits"
    verbose_name = _("습관")

    def ready(self) -> None:
        from billing import entitlements
        from gamification import records
        from habits import plan_limits
        from habits.achievement_records import HabitRecords

        if plan_limits.apply not in entitlements.on_change:
            entitlements.on_change.append(plan_limits.apply)
        records.register(HabitRecords())
