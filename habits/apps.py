from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HabitsConfig(AppConfig):
    name = "habits"
    verbose_name = _("습관")

    def ready(self) -> None:
        from gamification import records
        from habits.achievement_records import HabitRecords

        records.register(HabitRecords())
