"""People with a due reminder, workers and beats that can be killed, and checks of every reminder."""

import datetime as dt
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from uuid import UUID

import redis
from django.conf import settings

from habits import reminders
from habits.models import UserHabit
from notifications import delivery_worker, devices, outbox
from notifications.models import Notification, NotificationDelivery, NotificationTally
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitFactory, UserHabitFactory
from tests.fakes.push_service import PushService
from tests.processes import Processes

CELERY = [sys.executable, "-W", "ignore", "-m", "celery", "-q", "-A", "tests.faults.fast_beat:app"]
WORKER = [*CELERY, "worker", "--pool", "prefork", "--concurrency", "2", "--without-gossip", "--without-mingle"]


class Machines(Processes):
    """Worker and beat processes."""

    def __init__(self, push: PushService) -> None:
        super().__init__(PUSH_TEST_ORIGINS=push.origin, LOG_LEVEL="WARNING", PARENT_PID=str(os.getpid()))
        self._folder = tempfile.TemporaryDirectory()

    def __exit__(self, *_):
        super().__exit__()
        self._folder.cleanup()

    def worker(self, name: str) -> None:
        self._start(name, [*WORKER, "--hostname", f"{name}@%h"])

    def beat(self, name: str) -> None:
        schedule = f"{self._folder.name}/{name}"
        self._start(name, [*CELERY, "beat", "--pidfile", "", "--schedule", schedule])

    def stop_for_a_while(self, name: str, *, seconds: float) -> None:
        os.killpg(self._running[name].pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.killpg(self._running[name].pid, signal.SIGCONT)

    def forget_all_messages(self) -> None:
        """Empties our Redis database."""
        redis.Redis.from_url(settings.REDIS_URL).flushdb()


def people_due_now(push: PushService, *, people: int) -> dt.datetime:
    """Creates people, each with a habit due at the start of this minute and a browser named after it."""
    NotificationTally.objects.all().delete()
    at = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
    habit = HabitFactory()
    for _person in range(people):
        user = UserFactory(timezone="UTC")
        made = UserHabitFactory(user=user, habit=habit, started_at=at - dt.timedelta(days=3))
        devices.register(user, platform="web", address=push.subscription(str(made.pk)), at=at)
        reminders.set_times(user, made.pk, times=[at.time()], days=[], at=at - dt.timedelta(seconds=1))
    return at


def announce_to_all(at: dt.datetime) -> None:
    """Sends everyone a message that may arrive twice but must arrive."""
    for user in {user_habit.user for user_habit in UserHabit.objects.select_related("user")}:
        outbox.send(
            user,
            template="consent_result",
            effect_key=f"told:{user.pk}",
            at=at,
            type=Notification.Type.SYSTEM,
            data={"item": "소식", "granted": True, "date": "오늘"},
            essential=True,
            wake_workers=False,
        )


def settled(kind: str, *, but_for: str = "") -> bool:
    """Whether no notification of this type waits, except deliveries in this state."""
    rows = Notification.objects.filter(notification_type=kind)
    waiting = NotificationDelivery.objects.filter(notification__in=rows, due_at__isnull=False).exclude(state=but_for)
    enough = rows.count() == UserHabit.objects.count()
    return enough and not rows.filter(dispatched_at=None).exists() and not waiting.exists()


def pause(low: float, high: float) -> None:
    time.sleep(random.uniform(low, high))  # noqa: S311 -- time of the next fault


def told(push: PushService) -> Counter:
    """How often each browser received each kind of message."""
    kinds = dict(NotificationDelivery.objects.values_list("pk", "notification__notification_type"))
    return Counter((kinds[UUID(taken.message["id"])], taken.name) for taken in push.taken)


def check_reminders(push: PushService, machines: Machines) -> int:
    """Checks that no reminder was sent twice and that lost ones were held by a killed worker. Gives the lost ones."""
    kind = Notification.Type.HABIT_REMINDER
    times = told(push)
    names = {str(pk) for pk in UserHabit.objects.values_list("pk", flat=True)}
    twice = {name for name in names if times[kind, name] > 1}
    lost = {name for name in names if times[kind, name] == 0}
    state = NotificationDelivery.State
    deliveries = NotificationDelivery.objects.filter(notification__notification_type=kind)
    unknown = deliveries.filter(state=state.CLAIMED) | deliveries.filter(
        state=state.FAILED, failure_reason=delivery_worker.UNKNOWN
    )
    held_by_killed = {str(pk) for pk in unknown.values_list("notification__user__habits", flat=True)}

    assert twice == set()
    assert lost <= held_by_killed
    # Each worker has two processes, each with so many deliveries at once.
    assert len(lost) <= machines.kills * 2 * delivery_worker.CONCURRENCY
    assert Notification.objects.filter(notification_type=kind).count() == len(names)
    assert outbox.counted("reminder late") == outbox.counted("late") == 0
    return len(lost)
