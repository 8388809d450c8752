"""A run stops between two batches when its time is over; the next one goes on."""

import datetime as dt

import pytest

from accounts.models import UserSession
from core.db import work
from habits import reminders
from tests.factories.accounts import UserSessionFactory
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime.now(dt.UTC)


def after_batches(number: int) -> work.IsOver:
    answers = iter([False] * number)
    return lambda: next(answers, True)


def test_deleting_stops_after_a_batch_and_goes_on():
    for _number in range(5):
        UserSessionFactory(expires_at=NOW)
    expired = UserSession.objects.filter(expires_at__lte=NOW).order_by("expires_at")

    assert work.delete_in_batches(expired, is_over=after_batches(2), batch=2) == 4
    assert work.delete_in_batches(expired, batch=2) == 1
    assert UserSession.objects.count() == 0


def test_reminders_stop_after_a_batch_and_go_on(monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 1)
    for _number in range(3):
        UserHabitFactory(reminder_times=["09:00"], next_reminder_at=NOW)

    reminders.remind(now=NOW, is_over=after_batches(2))
    assert reminders.due(NOW).count() == 1

    reminders.remind(now=NOW)
    assert reminders.due(NOW).count() == 0


def test_time_is_over_after_its_seconds():
    assert work.after(0)()
    assert not work.after(3600)()
    assert not work.never()
