"""The materialized view over all people: refreshed while it is read, with a known age."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from habits import user_stats
from habits.models import UserStatsSummary
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.django_db


def locks_on_the_view() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'user_stats_summary'::regclass"
        )
        return {mode for (mode,) in cursor.fetchall()}


def test_it_is_refreshed_empty_and_full_and_readers_need_not_wait(person):
    person.delete()
    user_stats.refresh()
    assert not UserStatsSummary.objects.exists()

    habit = UserHabitFactory(current_streak=4, total_completions=9)
    user_stats.refresh()

    row = UserStatsSummary.objects.get()
    assert (row.pk, row.total_habits, row.avg_streak, row.total_completions) == (habit.user_id, 1, 4, 9)
    # Readers take AccessShareLock, which only AccessExclusiveLock refuses.
    assert "ExclusiveLock" in locks_on_the_view()
    assert "AccessExclusiveLock" not in locks_on_the_view()


def test_its_age_is_known():
    before = timezone.now() - dt.timedelta(minutes=5)
    user_stats.refresh()

    at = user_stats.refreshed_at()

    assert at is not None
    assert before < at <= timezone.now()
    assert not user_stats.is_too_old(at + dt.timedelta(hours=25))
    assert user_stats.is_too_old(at + dt.timedelta(hours=31))


def test_before_the_first_refresh_it_has_no_age_and_is_not_late():
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON MATERIALIZED VIEW user_stats_summary IS NULL")

    assert user_stats.refreshed_at() is None
    assert not user_stats.is_too_old(timezone.now())
