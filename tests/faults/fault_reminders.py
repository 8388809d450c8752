"""Reminders while workers are killed and stopped, Redis forgets everything, two beats tick and push services struggle.

The promise (docs/notifications.md): no reminder twice; none lost that was not late, but for those whose outcome nobody
can know, and these are counted. What is not a reminder always arrives.
"""

import datetime as dt
import random

import pytest

from notifications import delivering
from notifications.channels import web_push
from notifications.models import Notification, NotificationDelivery
from tests.fakes.push_service import PushService
from tests.faults import reminding

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]

PEOPLE, KILLS = 600, 12


def test_reminders_keep_their_promise_while_everything_around_them_breaks(settings):
    with PushService(web_push.public_key(), seconds=0.1) as push, reminding.Machines(push) as machines:
        settings.PUSH_TEST_ORIGINS = [push.origin]
        at = reminding.people_due_now(push, people=PEOPLE)
        names = [str(pk) for pk in reminding.UserHabit.objects.values_list("pk", flat=True)]
        for name in random.sample(names, PEOPLE // 10):
            push.answers[name] = [(503, {"Retry-After": "1"})]
        reminding.announce_to_all(at)
        for name in ("a", "b"):
            machines.worker(f"worker-{name}")
            machines.beat(f"beat-{name}")
        assert reminding.until(lambda: push.taken, seconds=60)

        for kill in range(KILLS):
            reminding.pause(2, 5)
            name = random.choice(["worker-a", "worker-b", "beat-a"])  # noqa: S311 -- whom it hits
            machines.kill(name)
            if kill % 3 == 0:
                machines.forget_all_messages()
            (machines.beat if "beat" in name else machines.worker)(name)
        machines.stop_for_a_while("worker-b", seconds=delivering.CLAIM.total_seconds() + 5)

        kinds = (Notification.Type.HABIT_REMINDER, Notification.Type.SYSTEM)
        assert reminding.until(lambda: all(map(reminding.settled, kinds)), seconds=600)
        lost = reminding.check_reminders(push, machines)
        times = reminding.told(push)
        assert all(times[Notification.Type.SYSTEM, name] >= 1 for name in names)
        assert lost <= reminding.outbox.counted(delivering.UNKNOWN)
        assert not NotificationDelivery.objects.filter(state=NotificationDelivery.State.DEAD).exists()
        print(f"{PEOPLE} reminders, {machines.kills} kills: none twice, {lost} with an unknown outcome")


def test_what_came_due_while_nothing_ran_comes_when_it_still_helps(settings):
    """Everything stands still; 29 minutes are not too late, 31 are."""
    with PushService(web_push.public_key()) as push, reminding.Machines(push) as machines:
        settings.PUSH_TEST_ORIGINS = [push.origin]
        reminding.people_due_now(push, people=20)
        fresh, late = _split(dt.timedelta(minutes=28), dt.timedelta(minutes=40))
        machines.worker("worker")
        machines.beat("beat")

        assert reminding.until(lambda: len(push.taken) == len(fresh), seconds=60)
        reminding.pause(3, 4)
        assert {taken.name for taken in push.taken} == fresh
        assert reminding.outbox.counted("reminder late") == len(late)


def _split(*ages: dt.timedelta) -> tuple[set[str], set[str]]:
    """Half of the habits had their reminder so long ago, the other half so long."""
    habits = list(reminding.UserHabit.objects.order_by("pk"))
    halves = habits[::2], habits[1::2]
    now = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
    for half, age in zip(halves, ages, strict=True):
        for habit in half:
            at = now - age
            type(habit).objects.filter(pk=habit.pk).update(reminder_times=[f"{at:%H:%M}"])
            type(habit).objects.filter(pk=habit.pk).update(next_reminder_at=at)
    fresh, late = ({str(habit.pk) for habit in half} for half in halves)
    return fresh, late
