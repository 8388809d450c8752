from django.apps import AppConfig


class CryptoConfig(AppConfig):
    name = "wellness.crypto"
    label = "crypto"

    def ready(self) -> None:
        from wellness.crypto.borrowed import seal_allauth

        seal_allauth()
