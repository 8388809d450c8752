"""Celery tasks. Each calls one domain function."""

import datetime as dt

from celery import shared_task


@shared_task(name="core.publish_revisions")
def publish_revisions() -> None:
    from core.staff import revisions

    revisions.publish_due(dt.datetime.now(dt.UTC))
