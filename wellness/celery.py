"""The Celery app and beat's schedule.

A message only wakes a worker. PostgreSQL holds the work, so a lost message delays it by at most a minute.
"""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, task_postrun, task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wellness.settings")

app = Celery("wellness")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["wellness"])

app.conf.beat_schedule = {
    "maintain partitions": {"task": "wellness.maintain_partitions", "schedule": crontab(minute=10)},
    # Each minute; each task reads only what is due.
    "roll over streaks": {"task": "habits.roll_over_streaks", "schedule": crontab()},
    "write reminders": {"task": "habits.remind", "schedule": crontab()},
    "back-fill achievements": {"task": "gamification.back_fill", "schedule": crontab()},
    "count holders": {"task": "gamification.count_holders", "schedule": crontab(minute=30, hour=19)},
    "settle challenges": {"task": "circles.settle_challenges", "schedule": crontab(minute=25)},
    "carry imports": {"task": "habits.carry_imports", "schedule": crontab()},
    "plan coach messages": {"task": "coaching.plan", "schedule": crontab()},
    "write coach messages": {"task": "coaching.write", "schedule": crontab()},
    "settle coach decisions": {"task": "coaching.settle", "schedule": crontab(minute="*/10")},
    "deliver notifications": {"task": "notifications.deliver", "schedule": crontab()},
    "write announcements": {"task": "notifications.announce", "schedule": crontab()},
    "tell about consents": {"task": "notifications.tell_about_consents", "schedule": crontab(minute=20, hour=1)},
    "forget notifications": {"task": "notifications.forget", "schedule": crontab(minute=50, hour=17)},
    "forget sessions": {"task": "accounts.forget_sessions", "schedule": crontab(minute=30, hour=18)},
    "erase withdrawn health data": {"task": "wellness.erase_health", "schedule": crontab()},
    "revoke social tokens": {"task": "accounts.revoke_social", "schedule": crontab()},
    "tend photos": {"task": "files.tend_photos", "schedule": crontab()},
    "sweep storage": {"task": "files.sweep_storage", "schedule": crontab(minute=50, hour=18)},
    "build exports": {"task": "wellness.build_exports", "schedule": crontab()},
    # 03:20 and 04:10 in Seoul, at night for most people.
    "erase who left": {"task": "wellness.erase_who_left", "schedule": crontab(minute=20, hour=18)},
    "retain": {"task": "wellness.retain", "schedule": crontab(minute=10, hour=19)},
    # After the streaks of the zones whose day has closed are rolled over.
    "fill days": {"task": "analytics.fill_days", "schedule": crontab(minute="12,27,42,57")},
    # Once yesterday has ended everywhere on earth.
    "fill metrics": {"task": "analytics.fill_metrics", "schedule": crontab(minute=40, hour=18)},
    "write events": {"task": "analytics.write_events", "schedule": crontab()},
    # Subscriptions: each minute what is due. 09:00 in Seoul for notices.
    "renew subscriptions": {"task": "billing.renew", "schedule": crontab()},
    "charge": {"task": "billing.charge", "schedule": crontab()},
    "process webhooks": {"task": "billing.process_webhooks", "schedule": crontab()},
    "catch up with gateways": {"task": "billing.catch_up", "schedule": crontab(minute="7,22,37,52")},
    "give billing notices": {"task": "billing.give_notice", "schedule": crontab(minute=0, hour=0)},
    "reconcile gateways": {"task": "billing.reconcile", "schedule": crontab(minute=30, hour=19)},
    "publish revisions": {"task": "core.publish_revisions", "schedule": crontab()},
    "count keys": {"task": "wellness.count_keys", "schedule": crontab(minute=20, hour=20)},
    "count people of templates": {"task": "habits.count_template_people", "schedule": crontab(minute=30, hour=20)},
    "refresh statistics": {"task": "habits.refresh_stats", "schedule": crontab(minute=40, hour=18)},
}


@task_prerun.connect
def note_start(**about: Any) -> None:
    """Notes when a scheduled job began; imported late, since the apps are not loaded yet."""
    from wellness import scheduled_runs  # noqa: PLC0415

    scheduled_runs.begin(app, **about)


@task_postrun.connect
def note_end(**about: Any) -> None:
    from wellness import scheduled_runs  # noqa: PLC0415

    scheduled_runs.end(app, **about)


@setup_logging.connect
def use_django_logging(**_kwargs: object) -> None:
    """Configures logging from Django's settings instead of Celery's own defaults."""
    import logging.config  # noqa: PLC0415

    from django.conf import settings  # noqa: PLC0415

    logging.config.dictConfig(settings.LOGGING)
