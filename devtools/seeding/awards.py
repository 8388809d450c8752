"""Achievements and points of a seeded history, by the replay of gamification/replays.py."""

from uuid import UUID

from accounts.days import ONE_DAY
from devtools.seeding.histories import HabitHistory, Log, PersonHistory
from gamification import replays
from gamification.achievements import Watch
from gamification.counters import Note
from gamification.replays import ReplayResult
from habits.person_record import PersonRecord, RecordedHabit, RecordedLog


def evaluate(history: PersonHistory, watch: Watch) -> ReplayResult:
    """Everything that a history earns until its last day, which is still open."""
    return replays.replay(record_of(history).acts(), watch)


def record_of(history: PersonHistory) -> PersonRecord:
    """The history as it will be read from the database."""
    habits = [_habit(one) for one in history.habits]
    return PersonRecord(history.person.calendar, habits, closed_through=history.until - ONE_DAY)


def _habit(history: HabitHistory) -> RecordedHabit:
    row = history.row
    habit = RecordedHabit(
        pk=row.id,
        category=row.habit.category.name_en,
        timeline=history.timeline,
        begins_on=history.started_on,
        started_at=row.started_at,
        rests=list(history.rests),
        ended_on=[first for first, last in history.rests if last is None],
        first_logged=min(history.counts, default=None),
    )
    for log in history.logs:
        habit.logs.setdefault(log.day, []).append(_log(log))
    for logs in habit.logs.values():
        logs.sort(key=lambda log: log[:2])
    return habit


def _log(log: Log) -> RecordedLog:
    given: dict[Note, bool] = {"mood": log.mood is not None, "energy": log.energy is not None, "note": bool(log.note)}
    noted = frozenset(name for name, is_given in given.items() if is_given)
    return RecordedLog(log.at, UUID(bytes=log.key), log.amount, log.hour, noted, "")
