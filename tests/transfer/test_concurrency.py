"""An import with several workers while the person checks in: written once, and all cached streaks are right."""

import io

import pytest
from uuid6 import uuid7

from habits import checkins, enrollment, streak_cache
from habits.enrollment import Choice
from habits.models import Habit, HabitImport, HabitLog, UserHabit
from habits.transfer import import_jobs
from tests.at_once import at_once
from tests.clock import NOON as NOW
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import UserSubscriptionFactory
from tests.transfer import files

pytestmark = pytest.mark.usefixtures("committed")

DAYS = 400


def test_one_of_many_workers_writes_while_the_person_checks_in(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(files, "TODAY", NOW.date() - files.DAY)
    person = UserFactory(timezone="UTC", privacy_settings={"health": True})
    UserSubscriptionFactory(user=person, current_period_start=NOW - files.DAY, current_period_end=NOW + files.DAY)
    # The first habit of the file will be joined to it.
    mine = UserHabitFactory(user=person, habit=Habit.objects.in_catalogue()[0], custom_name="습관 0", started_at=NOW)
    template = Habit.objects.in_catalogue()[1]
    data = files.many_habits(habits=3, days=DAYS, notes=True)
    import_jobs.start(person, io.BytesIO(data), size=len(data), now=NOW)
    import_jobs.run_waiting(lambda: NOW)
    import_jobs.confirm(person, ["join", "add", "add"], now=NOW)

    def act(number: int) -> object:
        if number < 4:
            return import_jobs.run_waiting(lambda: NOW)
        if number == 4:
            return enrollment.enroll(person, template, choice=Choice.suggested(template, day=NOW.date()), at=NOW)
        return checkins.check_in(person, mine.pk, key=uuid7(), at=NOW, now=NOW)

    came = at_once(10, act)

    assert [one for one in came if isinstance(one, Exception)] == []
    assert (sum(came[:4]), HabitImport.objects.get().state) == (1, "done")
    assert HabitLog.objects.filter(user_habit__user=person).count() == 3 * DAYS + 5
    for user_habit in UserHabit.objects.filter(user=person).with_habit():
        counts = streak_cache.counts_by_day(user_habit)
        again = streak_cache.replay(user_habit, today=NOW.date(), calendar=person.calendar, counts=counts)
        kept = (user_habit.current_streak, user_habit.total_completions, user_habit.counted)
        assert kept == (again.streak.current, again.streak.total, counts.get(user_habit.counted_on, 0))
