from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class FilesConfig(AppConfig):
    name = "files"
    label = "files"
    verbose_name = pgettext_lazy("several", "파일")
