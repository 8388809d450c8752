"""The product's Celery app with beat's minutes turned into seconds: what a night would show takes a minute."""

from wellness.celery import app

TASKS = ("habits.remind", "notifications.deliver")
app.conf.beat_schedule = {name: {"task": name, "schedule": 1.0} for name in TASKS}
app.conf.beat_max_loop_interval = 1

__all__ = ["app"]
