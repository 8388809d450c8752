from django.apps import AppConfig


class CryptoConfig(AppConfig):
    name = "core.crypto"
    label = "crypto"

    def ready(self) -> None:
        from core.crypto import keyring, third_party_fields

        keyring.current()  # a process without valid keys does not start
        third_party_fields.seal_allauth()
