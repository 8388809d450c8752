from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class CirclesConfig(AppConfig):
    name = "circles"
    verbose_name = pgettext_lazy("several", "모임")
