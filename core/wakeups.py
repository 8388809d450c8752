"""Wake-up messages to the workers, by task name.

Work is stored in PostgreSQL; a lost message delays it by at most a minute, until beat asks. Naming the task instead of
importing it keeps domain modules free of their app's `tasks` module. tests/test_architecture.py holds each name to a
registered task.
"""

from functools import partial

from celery import current_app
from django.db import transaction


def wake(task: str) -> None:
    """Asks a worker to run `task` now.

    The broker gets one try and no wait; raises OperationalError when it is away.
    """
    current_app.send_task(task, retry=False)


def wake_on_commit(task: str) -> None:
    """Wakes after the transaction has committed. A broker that is away delays nothing."""
    transaction.on_commit(partial(wake, task), robust=True)
