"""Reminders while workers are killed and stopped, Redis loses its data, two beats run and push services fail.

Requirement (docs/notifications.md): no reminder is sent twice; none is lost unless it was late or its outcome is unknown,
and both are counted. Other notifications always arrive.
"""

import datetime as dt
import random

import pytest

from notifications import delivery_worker
from notifications.channels import web_push
from notifications.models import Notification, NotificationDelivery
from tests.fakes.push_service import PushService
from tests.faults import reminder_worker
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]

PEOPLE, KILLS = 600, 12


def test_reminders_keep_their_promise_while_everything_around_them_breaks(settings):
    with PushService(web_push.public_key(), seconds=0.1) as push, reminder_worker.Machines(push) as machines:
        settings.PUSH_TEST_ORIGINS = [push.origin]
        at = reminder_worker.people_due_now(push, people=PEOPLE)
        names = [str(pk) for pk in reminder_worker.UserHabit.objects.values_list("pk", flat=True)]
        for name in random.sample(names, PEOPLE // 10):
            push.answers[name] = [(503, {"Retry-After": "1"})]
        reminder_worker.announce_to_all(at)
        for name in ("a", "b"):
            machines.worker(f"worker-{name}")
            machines.beat(f"beat-{name}")
        assert eventually(lambda: push.taken, seconds=60)

        for kill in range(KILLS):
            reminder_worker.pause(2, 5)
            name = random.choice(["worker-a", "worker-b", "beat-a"])  # noqa: S311 -- which process is killed
            machines.kill(name)
            if kill % 3 == 0:
                machines.forget_all_messages()
            (machines.beat if "beat" in name else machines.worker)(name)
        machines.stop_for_a_while("worker-b", seconds=delivery_worker.CLAIM.total_seconds() + 5)

        kinds = (Notification.Type.HABIT_REMINDER, Notification.Type.SYSTEM)
        assert eventually(lambda: all(map(reminder_worker.settled, kinds)), seconds=600)
        lost = reminder_worker.check_reminders(push, machines)
        times = reminder_worker.told(push)
        assert all(times[Notification.Type.SYSTEM, name] >= 1 for name in names)
        assert lost <= reminder_worker.outbox.counted(delivery_worker.UNKNOWN)
        assert not NotificationDelivery.objects.filter(state=NotificationDelivery.State.DEAD).exists()
        print(f"{PEOPLE} reminders, {machines.kills} kills: none twice, {lost} with an unknown outcome")


def test_what_came_due_while_nothing_ran_comes_when_it_still_helps(settings):
    """After an outage a reminder 28 minutes late is still sent, one 40 minutes late is not."""
    with PushService(web_push.public_key()) as push, reminder_worker.Machines(push) as machines:
        settings.PUSH_TEST_ORIGINS = [push.origin]
        reminder_worker.people_due_now(push, people=20)
        fresh, late = _split(dt.timedelta(minutes=28), dt.timedelta(minutes=40))
        machines.worker("worker")
        machines.beat("beat")

        assert eventually(lambda: len(push.taken) == len(fresh), seconds=60)
        reminder_worker.pause(3, 4)
        assert {taken.name for taken in push.taken} == fresh
        assert reminder_worker.outbox.counted("reminder late") == len(late)


def _split(*ages: dt.timedelta) -> tuple[set[str], set[str]]:
    """Dates the reminders of each half of the habits this long ago. Gives the names of both halves."""
    habits = list(reminder_worker.UserHabit.objects.order_by("pk"))
    halves = habits[::2], habits[1::2]
    now = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
    for half, age in zip(halves, ages, strict=True):
        for habit in half:
            at = now - age
            type(habit).objects.filter(pk=habit.pk).update(reminder_times=[f"{at:%H:%M}"])
            type(habit).objects.filter(pk=habit.pk).update(next_reminder_at=at)
    fresh, late = ({str(habit.pk) for habit in half} for half in halves)
    return fresh, late
