"""Celery tasks. Each calls one domain function."""

import datetime as dt

import structlog
from celery import shared_task
from django.utils import timezone

log = structlog.get_logger(__name__)

# A run ends before the next minute's run begins.
SECONDS = 50


@shared_task(name="habits.roll_over_streaks")
def roll_over_streaks() -> None:
    from core.db import work
    from habits import streak_rollover

    habits = streak_rollover.roll_over(now=timezone.now(), is_over=work.after(SECONDS))
    if habits:
        log.info("streaks rolled over", habits=habits)


@shared_task(name="habits.refresh_stats")
def refresh_stats() -> None:
    from habits import user_stats

    user_stats.refresh()
    log.info("statistics refreshed")


@shared_task(name="habits.count_template_people")
def count_template_people() -> None:
    from habits import template_people

    template_people.count()


@shared_task(name="habits.remind")
def remind() -> None:
    from core.db import work
    from habits import reminders

    reminded = reminders.remind(now=timezone.now(), is_over=work.after(SECONDS))
    if any(reminded):
        log.info("reminders written", **reminded._asdict())


@shared_task(name="habits.carry_imports")
def carry_imports() -> None:
    from habits.transfer import import_jobs

    began = timezone.now()
    import_jobs.run_waiting(timezone.now, until=began + dt.timedelta(seconds=SECONDS))
