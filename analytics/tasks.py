"""Celery tasks. Each calls one domain function."""

import structlog
from celery import shared_task
from django.utils import timezone

log = structlog.get_logger(__name__)


@shared_task(name="analytics.fill_days")
def fill_days() -> None:
    from analytics import daily_aggregates, event_writer

    event_writer.write()
    days, people = daily_aggregates.catch_up(now=timezone.now())
    if days or people:
        log.info("days filled", days=days, redone=people)


@shared_task(name="analytics.write_events")
def write_events() -> None:
    from analytics import event_writer

    event_writer.write()


@shared_task(name="analytics.fill_metrics")
def fill_metrics() -> None:
    """Fills the figures of staff, then tests them and the daily numbers."""
    from analytics import data_checks, metric_fill

    now = timezone.now()
    log.info("metrics filled", periods=metric_fill.fill(now=now))
    if found := data_checks.run(now=now):
        log.error("daily numbers are wrong", **found)
