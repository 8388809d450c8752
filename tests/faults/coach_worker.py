"""Processes that write coach messages and can be killed, and checks that each message came once.

With each kill Redis is emptied.

Run as a script it writes what waits, forever: `python -m tests.faults.coach_worker SECONDS_OF_LEASE`.
"""

import dataclasses
import datetime as dt
import os
import random
import sys
import time

from redis import Redis

from tests.processes import Processes
from tests.waiting import eventually

# Seconds of a lease here: a killed worker's message is taken over after them.
LEASE = 4
PARENT_CHECK = 0.2


class Writers(Processes):
    """Processes that write what waits."""

    def __init__(self, model_url: str) -> None:
        super().__init__(
            OPENAI_BASE_URL=model_url,
            OPENAI_CALLS_A_MINUTE="1000000",
            LOG_LEVEL="ERROR",
            DJANGO_SETTINGS_MODULE="wellness.settings",
        )

    def start(self, name: str) -> None:
        self._start(name, [sys.executable, "-W", "ignore", "-m", "tests.faults.coach_worker", str(os.getpid())])


def run(model, *, people: int, each: int, kills: int, pause: tuple[float, float]) -> dict[str, int]:
    """Asks for `each` messages of `people` people while writers are killed. Gives the counts, after the checks."""
    from django.conf import settings

    from coaching import jobs
    from coaching.models import CoachingJob, CoachingMessage
    from notifications.models import Notification
    from tests.coaching.people import consent_to_provider, give_a_month
    from tests.factories.accounts import UserFactory

    now = dt.datetime.now(dt.UTC)
    for _ in range(people):
        user = give_a_month(UserFactory(), now=now)
        consent_to_provider(user, now=now)
        for _ in range(each):
            jobs.ask(user, at=now)
    waiting = CoachingJob.objects.filter(state="waiting")
    server, flushes = Redis.from_url(settings.REDIS_URL), 0
    with Writers(model.url) as writers:
        for name in ("a", "b"):
            writers.start(name)
        for _ in range(kills):
            time.sleep(random.uniform(*pause))  # noqa: S311 -- time of the next fault
            if not waiting.exists():
                break
            name = random.choice("ab")  # noqa: S311 -- which process is killed
            writers.kill(name)
            server.flushdb()
            flushes += 1
            writers.start(name)
        assert eventually(lambda: not waiting.exists(), seconds=1800)
        killed = writers.kills
    counts = {
        "asked": people * each,
        "messages": CoachingMessage.objects.count(),
        "keys": CoachingMessage.objects.values("effect_key").distinct().count(),
        "notifications": Notification.objects.filter(notification_type="coaching").count(),
        "done": CoachingJob.objects.filter(state="done").count(),
        "calls": len(model.requests),
        "offline": CoachingMessage.objects.filter(ai_model="rules").count(),
        "kills": killed,
        "flushes": flushes,
    }
    undone = list(CoachingJob.objects.exclude(state="done").values_list("state", "outcome", "attempts"))
    assert undone == []
    assert counts["messages"] == counts["keys"] == counts["notifications"] == counts["done"] == counts["asked"], counts
    return counts


def main(parent: int) -> None:
    import django

    django.setup()
    from coaching import jobs

    jobs.QUEUE = dataclasses.replace(jobs.QUEUE, lease=dt.timedelta(seconds=LEASE), max_attempts=20)
    while os.getppid() == parent:
        jobs.run_waiting(lambda: dt.datetime.now(dt.UTC))
        time.sleep(PARENT_CHECK)


if __name__ == "__main__":
    main(int(sys.argv[1]))
