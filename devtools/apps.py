from django.apps import AppConfig


class DevtoolsConfig(AppConfig):
    """Development only: servers, seeding, mailbox, style guide. Production does not install it."""

    name = "devtools"
