"""Histories of habits, day by day: which were chosen, pauses, each check-in, and the ledger.

history = start(rng, person, habits, until=day)
add_random_pauses(rng, history)
add_check_ins(rng, history)
compute_streaks(history)        the ledgers, and the streak columns of the habits
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from accounts.days import ONE_DAY
from devtools.seeding import patterns
from devtools.seeding.people import Person, new_id, new_key
from habits import reminders, streak_cache, streaks
from habits.enrollment import Choice
from habits.models import Habit, HabitRest, UserHabit
from habits.schedules import Rule, Timeline
from habits.streak_cache import HabitStanding
from habits.streaks import Entry

# The usual minute of the day for each part of it, and the spread around it in minutes.
USUAL = {"morning": (7 * 60 + 20, 35), "afternoon": (13 * 60, 50), "evening": (21 * 60, 55), "anytime": (15 * 60, 180)}
WAKES, AWAKE = 7 * 60, 16 * 60  # minutes
# Amounts up to this are checked in one by one, larger ones in up to three parts.
TAPPED = 12
NOTES = (
    "생각보다 쉬웠어요.",
    "오늘은 조금 힘들었지만 했어요.",
    "점심시간에 짬을 냈어요.",
    "비가 와서 집에서 했어요.",
    "하고 나니 개운해요.",
    "친구랑 같이 했어요.",
    "늦게 일어나서 짧게 했어요.",
    "어제보다 조금 더 했어요.",
    "음악 들으면서 했더니 금방이네요.",
    "내일은 조금 일찍 해 보기.",
)


class Log(NamedTuple):
    key: bytes  # of its UUID
    at: dt.datetime
    day: dt.date
    hour: int  # on the person's clock
    habit: "HabitHistory"
    amount: int
    completes: bool  # reaches the day's target
    mood: int | None = None
    energy: int | None = None
    note: str = ""

    @property
    def streak(self) -> int:
        """The streak right after the check-in, with its day still open."""
        day = (self.day - self.habit.started_on).days
        entry = self.habit.ledger[day]
        if self.completes and not entry.broke:
            return entry.run
        return self.habit.ledger[day - 1].run if day else 0


@dataclasses.dataclass(eq=False, slots=True)
class HabitHistory:
    """One habit of a person."""

    row: UserHabit
    started_on: dt.date
    rule: Rule
    timeline: Timeline
    minute: int  # the usual minute of the day
    weekdays: frozenset[int]  # of a habit with so many days a week: the usual days
    rests: list[tuple[dt.date, dt.date | None]] = dataclasses.field(default_factory=list)
    counts: dict[dt.date, int] = dataclasses.field(default_factory=dict)
    logs: list[Log] = dataclasses.field(default_factory=list)
    ledger: list[Entry] = dataclasses.field(default_factory=list)

    @property
    def at_least(self) -> bool:
        return self.rule.direction == "at_least"


@dataclasses.dataclass(eq=False, slots=True)
class PersonHistory:
    person: Person
    until: dt.date
    ends_at: dt.datetime  # no events after it
    habits: list[HabitHistory]
    rests: list[HabitRest] = dataclasses.field(default_factory=list)

    @property
    def length(self) -> int:
        """Days, without the last one."""
        return (self.until - self.person.first_day).days

    def logs(self) -> list[Log]:
        """All check-ins in order."""
        return sorted((log for habit in self.habits for log in habit.logs), key=lambda log: log.at)

    def logs_by_day(self) -> dict[dt.date, list[Log]]:
        by_day: dict[dt.date, list[Log]] = {}
        for log in self.logs():
            by_day.setdefault(log.day, []).append(log)
        return by_day

    def days(self) -> Iterator[dt.date]:
        return (self.person.first_day + n * ONE_DAY for n in range(self.length + 1))


def start(
    rng: Random, person: Person, habits: Sequence[Habit], *, until: dt.date, ends_at: dt.datetime | None = None
) -> PersonHistory:
    """A history without check-ins, from the person's first day to `until`, or to `ends_at`."""
    ends_at = ends_at or person.calendar.bounds(until)[1] - dt.timedelta(seconds=1)
    chosen = [_choose(rng, person, habit, number, until=until) for number, habit in enumerate(habits)]
    return PersonHistory(person, until, ends_at, chosen)


def _choose(rng: Random, person: Person, habit: Habit, number: int, *, until: dt.date) -> HabitHistory:
    """Starts the first three on the day the person joined, the others within the first third."""
    started_at = person.joined_at + dt.timedelta(minutes=2 * number)
    later = (until - person.first_day).days // 3
    if number > 2 and later:
        day = person.first_day + rng.randint(1, later) * ONE_DAY
        started_at = person.calendar.at(day, dt.time(rng.randint(8, 22), rng.randrange(60), rng.randrange(60)))
    started_on = person.calendar.day_of(started_at)
    choice = dataclasses.asdict(Choice.suggested(habit, day=started_on))
    usual, spread = USUAL[choice["part_of_day"]]
    minute = round(rng.gauss(usual + person.pattern.minutes_later, spread))
    row = UserHabit(
        id=new_id(rng, started_at),
        user_id=person.id,
        habit=habit,
        reminder_times=[f"{minute // 60 % 24:02}:{minute % 60 // 10}0"] if rng.random() < 0.5 else [],
        started_at=started_at,
        started_on=started_on,
        sort_order=number * 10,
        created_at=started_at,
        updated_at=started_at,
        **choice,
    )
    return HabitHistory(row, started_on, row.rule, row.timeline, minute, _weekdays(rng, row.rule))


def _weekdays(rng: Random, rule: Rule) -> frozenset[int]:
    """Those on which they do a habit of N days a week."""
    return frozenset(rng.sample(range(1, 8), rule.schedule.week_times))


def add_random_pauses(rng: Random, history: PersonHistory) -> None:
    """Lets some people pause everything, some skip a day, and fading ones pause one habit."""
    first, length = history.person.first_day, history.length
    if length > 20 and rng.random() < 0.4:
        starts_on = first + rng.randint(10, length - 8) * ONE_DAY
        add_pause(rng, history, None, kind="pause", first=starts_on, last=starts_on + rng.randint(1, 6) * ONE_DAY)
    if length > 7 and rng.random() < 0.4:
        habit = rng.choice(history.habits)
        day = min(habit.started_on + rng.randint(2, length) * ONE_DAY, history.until)
        add_pause(rng, history, habit, kind="skip", first=day, last=day)
    if length > 20 and history.person.pattern.name == "fading" and len(history.habits) > 2:
        habit, day = history.habits[0], history.until - length // 5 * ONE_DAY
        add_pause(rng, history, habit, kind="pause", first=day, last=None)
        habit.row.status, habit.row.paused_at = UserHabit.Status.PAUSED, _evening_before(history.person, day)


def add_pause(
    rng: Random, history: PersonHistory, habit: HabitHistory | None, *, kind: str, first: dt.date, last: dt.date | None
) -> None:
    """Pauses one habit, or all of them. Called before the check-ins are added."""
    written_at = _evening_before(history.person, first)
    history.rests.append(
        HabitRest(
            id=new_id(rng, written_at),
            user_id=history.person.id,
            user_habit_id=habit.row.id if habit else None,
            kind=kind,
            starts_on=first,
            ends_on=last,
            created_at=written_at,
        )
    )
    for paused in [habit] if habit else history.habits:
        paused.rests.append((first, last))


def _evening_before(person: Person, day: dt.date) -> dt.datetime:
    return person.calendar.at(day - ONE_DAY, dt.time(22))


def add_check_ins(rng: Random, history: PersonHistory) -> None:
    """Fills `logs` and `counts` of each habit.

    Completed days raise morale, and morale raises the mood.
    """
    person, morale = history.person, 0.6
    rested = {habit: streaks.rested_days(habit.rests, person.first_day, history.until) for habit in history.habits}
    for number, date in enumerate(history.days()):
        weekday = date.isoweekday()
        chance = person.pattern.chance(number / max(history.length, 1), weekday)
        starts_at, ends_at = person.calendar.bounds(date)
        day = _Day(
            date,
            starts_at - dt.timedelta(hours=person.calendar.day_start),
            min(ends_at - dt.timedelta(seconds=1), history.ends_at),
            patterns.mood(rng, morale=morale, weekday=weekday),
        )
        asked = done = 0
        for habit in history.habits:
            if date < habit.started_on or date in rested[habit]:
                continue
            is_asked = weekday in habit.weekdays if habit.weekdays else habit.rule.is_due(date)
            amount = _amount(rng, habit.rule, chance=chance if is_asked else chance / 12)
            if amount:
                _check_in(rng, person, habit, day, amount)
            if is_asked and habit.at_least:
                asked, done = asked + 1, done + habit.rule.met(amount)
        if asked:
            morale = patterns.morale(morale, done / asked)


class _Day(NamedTuple):
    date: dt.date
    midnight: dt.datetime
    last: dt.datetime  # the latest instant for a check-in
    mood: int


def _amount(rng: Random, rule: Rule, *, chance: float) -> int:
    """The amount of a day: all or sometimes a part; of "at most" habits mostly within the limit."""
    happens = rng.random() < chance
    if rule.direction == "at_most":
        if not happens:
            return 0
        if rng.random() < 0.12:
            return rule.target + rng.randint(1, rule.target // 3 + 1)
        return rng.randint(rule.target // 2, rule.target)
    if happens:
        return rule.target
    return rng.randint(1, rule.target - 1) if rule.target > 1 and rng.random() < chance else 0


def _check_in(rng: Random, person: Person, habit: HabitHistory, day: _Day, amount: int) -> None:
    portions = _portions(rng, amount)
    reached, target = 0, habit.rule.target
    for at, portion in zip(_moments(rng, person, habit, day, len(portions)), portions, strict=True):
        if not habit.row.started_at <= at <= day.last:
            continue
        completes = habit.at_least and reached < target <= reached + portion
        reached += portion
        log = Log(new_key(rng, at), at, day.date, person.calendar.hour_of(at), habit, portion, completes)
        if completes and rng.random() < person.detail_rate:
            log = _describe(rng, person, log, mood=day.mood)
        habit.logs.append(log)
    if reached:
        habit.counts[day.date] = reached


def _portions(rng: Random, amount: int) -> list[int]:
    if amount <= TAPPED:
        return [1] * amount
    cuts = sorted(rng.sample(range(1, amount), rng.randint(0, 2)))
    return [end - start for start, end in zip([0, *cuts], [*cuts, amount], strict=True)]


def _moments(rng: Random, person: Person, habit: HabitHistory, day: _Day, times: int) -> list[dt.datetime]:
    """The times of that day: around the usual minute, or spread over the whole day."""
    begins, ends = person.calendar.day_start * 60 + 1, 24 * 60 - 1
    if 1 < habit.rule.target <= TAPPED:
        minutes = [WAKES + AWAKE * rng.random() for _ in range(times)]
    else:
        minutes = [min(max(rng.gauss(habit.minute, 25), begins), ends) for _ in range(times)]
    return [day.midnight + dt.timedelta(seconds=int(minute * 60)) for minute in sorted(minutes)]


def _describe(rng: Random, person: Person, log: Log, *, mood: int) -> Log:
    energy = patterns.energy(rng, mood=mood, hour=log.hour) if rng.random() < 0.7 else None
    return log._replace(mood=mood, energy=energy, note=rng.choice(NOTES) if rng.random() < 0.08 else "")


def compute_streaks(history: PersonHistory) -> None:
    """Fills the ledger and the streak columns of each habit from one replay."""
    for habit in history.habits:
        row = habit.row
        replay = streaks.replay(
            habit.timeline,
            start=habit.started_on,
            counts=habit.counts,
            today=history.until,
            rests=habit.rests,
            week_start=history.person.calendar.week_start,
        )
        habit.ledger = replay.ledger
        row.counted_on, row.first_logged_on = max(habit.counts, default=None), min(habit.counts, default=None)
        row.counted = habit.counts[row.counted_on] if row.counted_on else 0
        streak_cache.set_columns(
            row,
            HabitStanding(
                replay.state,
                replay.streak,
                habit.counts.get(history.until, 0),
                month_states=replay.month_states,
                is_rebuilt=True,
            ),
        )
        row.next_reminder_at = reminders.plan(row, calendar=history.person.calendar, after=history.ends_at)
        if habit.logs:
            row.updated_at = habit.logs[-1].at
