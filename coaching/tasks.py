"""Celery tasks. Each calls one domain function."""

import structlog
from celery import shared_task
from django.utils import timezone

log = structlog.get_logger(__name__)


@shared_task(name="coaching.plan")
def plan() -> None:
    from coaching import jobs

    if planned := jobs.plan_due(now=timezone.now()):
        log.info("coach messages planned", jobs=planned)


@shared_task(name="coaching.write")
def write() -> None:
    from coaching import jobs

    if written := jobs.run_waiting(timezone.now, until=timezone.now() + jobs.SPELL):
        log.info("coach messages written", jobs=written)


@shared_task(name="coaching.settle")
def settle() -> None:
    from coaching import decisions

    log.info("coach decisions settled", decisions=decisions.settle(now=timezone.now()))
