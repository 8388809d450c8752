"""Celery tasks. Each calls one domain function."""

import datetime as dt

import structlog
from celery import shared_task

log = structlog.get_logger(__name__)


@shared_task(name="analytics.fill_days")
def fill_days() -> None:
    from analytics import daily_aggregates, event_writer

    event_writer.write()
    days, people = daily_aggregates.catch_up(now=dt.datetime.now(dt.UTC))
    if days or people:
        log.info("days filled", days=days, redone=people)


@shared_task(name="analytics.write_events")
def write_events() -> None:
    from analytics import event_writer

    event_writer.write()
