"""Short form of tests/faults/fault_reminders.py.

A worker is killed, Redis loses its messages, two beats run.
"""

import pytest

from notifications.channels import web_push
from notifications.models import Notification, NotificationDelivery
from tests.fakes.push_service import PushService
from tests.faults import reminder_worker
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]


def test_no_reminder_comes_twice_and_only_those_claimed_by_a_dead_worker_are_lost(settings):
    with PushService(web_push.public_key(), seconds=0.1) as push, reminder_worker.Machines(push) as machines:
        settings.PUSH_TEST_ORIGINS = [push.origin]
        reminder_worker.people_due_now(push, people=60)
        for name in ("first", "second"):
            machines.worker(f"worker-{name}")
            machines.beat(f"beat-{name}")

        assert eventually(lambda: len(push.asked) >= 10, seconds=300)
        machines.kill("worker-first")
        machines.forget_all_messages()
        machines.worker("worker-third")

        # Deliveries claimed by the dead worker stay claimed for a minute: not waited for here.
        kind, in_hand = Notification.Type.HABIT_REMINDER, NotificationDelivery.State.CLAIMED
        assert eventually(lambda: reminder_worker.settled(kind, but_for=in_hand), seconds=300)
        reminder_worker.pause(1, 2)
        reminder_worker.check_reminders(push, machines)
