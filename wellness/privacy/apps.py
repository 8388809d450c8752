from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "wellness.privacy"
    label = "privacy"
