from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "wellness.files"
    label = "files"
