"""Celery tasks. Each calls one domain function."""

import datetime as dt

import structlog
from celery import shared_task

log = structlog.get_logger(__name__)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@shared_task(name="coaching.plan")
def plan() -> None:
    from coaching import jobs

    if planned := jobs.plan_due(now=_now()):
        log.info("coach messages planned", jobs=planned)


@shared_task(name="coaching.write")
def write() -> None:
    from coaching import jobs

    if written := jobs.run_waiting(_now, until=_now() + jobs.SPELL):
        log.info("coach messages written", jobs=written)


@shared_task(name="coaching.settle")
def settle() -> None:
    from coaching import decisions

    log.info("coach decisions settled", decisions=decisions.settle(now=_now()))
