"""Celery tasks. Each calls one domain function."""

from celery import shared_task
from django.utils import timezone


@shared_task(name="core.publish_revisions")
def publish_revisions() -> None:
    from core.staff import revisions

    revisions.publish_due(timezone.now())
