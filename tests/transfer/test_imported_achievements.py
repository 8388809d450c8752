"""An import earns what the record would have earned day by day, told in one message."""

import datetime as dt

import pytest
from uuid6 import uuid7

from gamification.models import UserAchievement, UserProgress
from habits import check_in_rewards, corrections
from habits.schedules import Daily, Rule
from habits.transfer import import_writer
from habits.transfer.parsed_file import ParsedDay, ParsedFile, ParsedHabit
from notifications.models import Notification
from tests.clock import NOON
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = NOON.date()
# Forty days with two gaps: a freeze protects the first, a comeback follows the second.
DAYS = [TODAY - n * DAY for n in range(45, 0, -1) if n not in (30, 12, 11, 10, 9)]


def file(days) -> ParsedFile:
    parsed = ParsedHabit("1", "물", Rule(Daily()), days={day: ParsedDay(1) for day in days})
    parsed.first_on, parsed.last_on = days[0], days[-1]
    return ParsedFile("loop", TODAY, habits=[parsed])


def bring_in(person, parsed) -> import_writer.ImportSummary:
    return import_writer.write(person.pk, parsed, ["add"], now=NOON)


def earned(person) -> dict[str, dt.date]:
    rows = UserAchievement.objects.filter(user=person)
    return {one.achievement_id: person.calendar.day_of(one.earned_at) for one in rows}


def test_an_import_earns_what_the_same_days_earn_one_by_one():
    imported, by_hand = UserFactory(), UserFactory()
    bring_in(imported, file(DAYS))
    category = imported.habits.get().habit.category
    habit = UserHabitFactory(user=by_hand, habit__category=category, started_at=NOON - 45 * DAY)

    for day in DAYS:
        later = NOON - (TODAY - day - DAY)
        corrections.add(by_hand, habit.pk, key=uuid7(), day=day, now=later)

    assert earned(imported) == earned(by_hand)
    assert {"first_check", "first_week", "protected", "comeback_3"} <= set(earned(imported))
    progress = [UserProgress.objects.get(user=one) for one in (imported, by_hand)]
    assert progress[0].points == progress[1].points
    assert progress[0].counters["times"] == progress[1].counters["times"] == len(DAYS)


def test_it_is_told_once_in_the_inbox_and_nothing_is_sent():
    person = UserFactory()

    summary = bring_in(person, file(DAYS))

    [told] = Notification.objects.filter(user=person, notification_type="achievement")
    assert told.delivery_status == "sent"
    assert summary.badges == person.achievements.count() > 5
    assert f"{summary.badges}개" in told.title


def test_habits_to_reduce_earn_at_the_close_of_their_day():
    person = UserFactory()
    habit = UserHabitFactory(user=person, direction="at_most", target_count=2, started_at=NOON - 3 * DAY)

    assert check_in_rewards.close_days([person.pk], now=NOON) == 1
    check_in_rewards.close_days([person.pk], now=NOON)

    progress = UserProgress.objects.get(user=person)
    assert progress.counters["times"] == 3
    assert progress.counters[f"habit.{habit.pk.hex[-12:]}"] == 3
    assert progress.closed_through == TODAY - DAY
    first = person.achievements.get(achievement="first_check")
    assert first.earned_at == person.calendar.bounds(TODAY - 3 * DAY)[1]
    assert first.context["act"] == "day_closed"
