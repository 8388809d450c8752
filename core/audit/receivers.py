"""Receivers of Django's signals."""

from typing import Any

from django.db.models.signals import post_migrate
from django.dispatch import receiver

from core.audit import actor_signature
from core.db import trigger_guard


@receiver(post_migrate, dispatch_uid="audit signing key")
def install_key(using: str, app_config: Any, **_kwargs: Any) -> None:
    """The key that the database verifies actors with follows the settings at each migration."""
    if app_config.label == "audit":
        actor_signature.install_key(using)


@receiver(post_migrate, dispatch_uid="trigger guard")
def guard_triggers(using: str, app_config: Any, **_kwargs: Any) -> None:
    """Once for each migration of the whole project."""
    if app_config.label == "audit":
        trigger_guard.install(using)
