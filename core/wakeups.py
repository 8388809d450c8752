"""Wakes the workers. The work stands in the database: a nudge that is lost costs the minute until beat asks."""

from functools import partial

from celery import Task
from django.db import transaction


def nudge(task: Task) -> None:
    """Asks a worker to look now. The broker gets one try and no time."""
    task.apply_async(retry=False)


def after_commit(task: Task) -> None:
    """The same once this is committed; a broker that is away holds nobody up."""
    transaction.on_commit(partial(nudge, task), robust=True)
