from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class GamificationConfig(AppConfig):
    name = "gamification"
    verbose_name = pgettext_lazy("several", "배지")
