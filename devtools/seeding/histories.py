"""Their habits, day by day: what they chose, when they rest, each check-in; and the ledger of it all.

life = begin(rng, person, habits, until=day)
rest_at_times(rng, life)
live(rng, life)         the check-ins
settle(life)            the ledgers, and the streaks that are kept with the habits
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
from habits.schedules import Rule, Timeline, Weekly
from habits.streak_cache import HabitStanding
from habits.streaks import Entry

# The usual minute of the day for each part of it, and how far people lie from it.
USUAL = {"morning": (7 * 60 + 20, 35), "afternoon": (13 * 60, 50), "evening": (21 * 60, 55), "anytime": (15 * 60, 180)}
WAKES, AWAKE = 7 * 60, 16 * 60  # minutes
# Amounts up to this are tapped one by one, larger ones written down in up to three parts.
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
    hour: int  # of the person's clock
    doing: "Doing"
    amount: int
    completes: bool  # it is the one that reaches the day's target
    mood: int | None = None
    energy: int | None = None
    note: str = ""

    @property
    def streak(self) -> int:
        """As it stood after the check-in, its day still open."""
        day = (self.day - self.doing.started_on).days
        entry = self.doing.ledger[day]
        if self.completes and not entry.broke:
            return entry.run
        return self.doing.ledger[day - 1].run if day else 0


@dataclasses.dataclass(eq=False, slots=True)
class Doing:
    """A habit as one person does it."""

    row: UserHabit
    started_on: dt.date
    rule: Rule
    timeline: Timeline
    minute: int  # of the day, when they mostly do it
    weekdays: frozenset[int]  # of a habit that is asked for some days in a week: which ones they mostly take
    rests: list[tuple[dt.date, dt.date | None]] = dataclasses.field(default_factory=list)
    counts: dict[dt.date, int] = dataclasses.field(default_factory=dict)
    logs: list[Log] = dataclasses.field(default_factory=list)
    ledger: list[Entry] = dataclasses.field(default_factory=list)

    @property
    def at_least(self) -> bool:
        return self.rule.direction == "at_least"


@dataclasses.dataclass(eq=False, slots=True)
class Life:
    person: Person
    until: dt.date
    ends_at: dt.datetime  # nothing happens after it
    doings: list[Doing]
    rests: list[HabitRest] = dataclasses.field(default_factory=list)

    @property
    def length(self) -> int:
        """In days, the last one not counted."""
        return (self.until - self.person.first_day).days

    def logs(self) -> list[Log]:
        """All check-ins in the order in which they were made."""
        return sorted((log for doing in self.doings for log in doing.logs), key=lambda log: log.at)

    def logs_by_day(self) -> dict[dt.date, list[Log]]:
        by_day: dict[dt.date, list[Log]] = {}
        for log in self.logs():
            by_day.setdefault(log.day, []).append(log)
        return by_day

    def days(self) -> Iterator[dt.date]:
        return (self.person.first_day + n * ONE_DAY for n in range(self.length + 1))


def begin(
    rng: Random, person: Person, habits: Sequence[Habit], *, until: dt.date, ends_at: dt.datetime | None = None
) -> Life:
    """A life to be lived with `habits`, from the day the person joined to the end of `until`, or to `ends_at`."""
    ends_at = ends_at or person.calendar.bounds(until)[1] - dt.timedelta(seconds=1)
    doings = [_choose(rng, person, habit, number, until=until) for number, habit in enumerate(habits)]
    return Life(person, until, ends_at, doings)


def _choose(rng: Random, person: Person, habit: Habit, number: int, *, until: dt.date) -> Doing:
    """The first three on the day they joined, the others somewhere in the first third."""
    started_at = person.joined_at + dt.timedelta(minutes=2 * number)
    later = (until - person.first_day).days // 3
    if number > 2 and later:
        day = person.first_day + rng.randint(1, later) * ONE_DAY
        started_at = person.calendar.at(day, dt.time(rng.randint(8, 22), rng.randrange(60), rng.randrange(60)))
    started_on = person.calendar.day_of(started_at)
    choice = dataclasses.asdict(Choice.suggested(habit, day=started_on))
    usual, spread = USUAL[choice["part_of_day"]]
    minute = round(rng.gauss(usual + person.pattern.later, spread))
    row = UserHabit(
        id=new_id(rng, started_at),
        user_id=person.id,
        habit=habit,
        target_frequency=choice.pop("frequency"),
        reminder_times=[f"{minute // 60 % 24:02}:{minute % 60 // 10}0"] if rng.random() < 0.5 else [],
        started_at=started_at,
        started_on=started_on,
        sort_order=number * 10,
        created_at=started_at,
        updated_at=started_at,
        **choice,
    )
    return Doing(row, started_on, row.rule, row.timeline, minute, _weekdays(rng, row.rule))


def _weekdays(rng: Random, rule: Rule) -> frozenset[int]:
    return frozenset(rng.sample(range(1, 8), rule.schedule.times)) if isinstance(rule.schedule, Weekly) else frozenset()


def rest_at_times(rng: Random, life: Life) -> None:
    """Some go away for a few days, some skip one, and of those who fade some put one habit aside."""
    first, length = life.person.first_day, life.length
    if length > 20 and rng.random() < 0.4:
        begins = first + rng.randint(10, length - 8) * ONE_DAY
        rest(rng, life, None, kind="pause", first=begins, last=begins + rng.randint(1, 6) * ONE_DAY)
    if length > 7 and rng.random() < 0.4:
        doing = rng.choice(life.doings)
        day = min(doing.started_on + rng.randint(2, length) * ONE_DAY, life.until)
        rest(rng, life, doing, kind="skip", first=day, last=day)
    if length > 20 and life.person.pattern.name == "fading" and len(life.doings) > 2:
        doing, day = life.doings[0], life.until - length // 5 * ONE_DAY
        rest(rng, life, doing, kind="pause", first=day, last=None)
        doing.row.status, doing.row.paused_at = UserHabit.Status.PAUSED, _evening_before(life.person, day)


def rest(rng: Random, life: Life, doing: Doing | None, *, kind: str, first: dt.date, last: dt.date | None) -> None:
    """Days without one habit, or without any. To be said before the life is lived."""
    written_at = _evening_before(life.person, first)
    its_habit = doing.row.id if doing else None
    life.rests.append(
        HabitRest(
            id=new_id(rng, written_at),
            user_id=life.person.id,
            user_habit_id=its_habit,
            kind=kind,
            starts_on=first,
            ends_on=last,
            created_at=written_at,
        )
    )
    for resting in [doing] if doing else life.doings:
        resting.rests.append((first, last))


def _evening_before(person: Person, day: dt.date) -> dt.datetime:
    return person.calendar.at(day - ONE_DAY, dt.time(22))


def live(rng: Random, life: Life) -> None:
    """Fills `logs` and `counts` of each habit. The days bring how people feel, and how they feel the days."""
    person, spirits = life.person, 0.6
    rested = {doing: streaks.rested_days(doing.rests, person.first_day, life.until) for doing in life.doings}
    for number, date in enumerate(life.days()):
        weekday = date.isoweekday()
        chance = person.pattern.chance(number / max(life.length, 1), weekday)
        starts_at, ends_at = person.calendar.bounds(date)
        day = _Day(
            date,
            starts_at - dt.timedelta(hours=person.calendar.day_start),
            min(ends_at - dt.timedelta(seconds=1), life.ends_at),
            patterns.mood(rng, spirits=spirits, weekday=weekday),
        )
        asked = done = 0
        for doing in life.doings:
            if date < doing.started_on or date in rested[doing]:
                continue
            is_asked = weekday in doing.weekdays if doing.weekdays else doing.rule.is_due(date)
            amount = _amount(rng, doing.rule, chance=chance if is_asked else chance / 12)
            if amount:
                _check_in(rng, person, doing, day, amount)
            if is_asked and doing.at_least:
                asked, done = asked + 1, done + doing.rule.met(amount)
        if asked:
            spirits = patterns.spirits(spirits, done / asked)


class _Day(NamedTuple):
    date: dt.date
    midnight: dt.datetime
    last: dt.datetime  # the latest instant for a check-in
    mood: int


def _amount(rng: Random, rule: Rule, *, chance: float) -> int:
    """How much of it on a day: all or, at times, a part; of what is to be less, mostly little enough."""
    willing = rng.random() < chance
    if rule.direction == "at_most":
        if not willing:
            return 0
        if rng.random() < 0.12:
            return rule.target + rng.randint(1, rule.target // 3 + 1)
        return rng.randint(rule.target // 2, rule.target)
    if willing:
        return rule.target
    return rng.randint(1, rule.target - 1) if rule.target > 1 and rng.random() < chance else 0


def _check_in(rng: Random, person: Person, doing: Doing, day: _Day, amount: int) -> None:
    portions = _portions(rng, amount)
    reached, target = 0, doing.rule.target
    for at, portion in zip(_moments(rng, person, doing, day, len(portions)), portions, strict=True):
        if not doing.row.started_at <= at <= day.last:
            continue
        completes = doing.at_least and reached < target <= reached + portion
        reached += portion
        log = Log(new_key(rng, at), at, day.date, person.calendar.hour_of(at), doing, portion, completes)
        if completes and rng.random() < person.writes:
            log = _describe(rng, person, log, mood=day.mood)
        doing.logs.append(log)
    if reached:
        doing.counts[day.date] = reached


def _portions(rng: Random, amount: int) -> list[int]:
    if amount <= TAPPED:
        return [1] * amount
    cuts = sorted(rng.sample(range(1, amount), rng.randint(0, 2)))
    return [end - start for start, end in zip([0, *cuts], [*cuts, amount], strict=True)]


def _moments(rng: Random, person: Person, doing: Doing, day: _Day, times: int) -> list[dt.datetime]:
    """When on that day: around their usual minute, or glass by glass over all of it."""
    begins, ends = person.calendar.day_start * 60 + 1, 24 * 60 - 1
    if 1 < doing.rule.target <= TAPPED:
        minutes = [WAKES + AWAKE * rng.random() for _ in range(times)]
    else:
        minutes = [min(max(rng.gauss(doing.minute, 25), begins), ends) for _ in range(times)]
    return [day.midnight + dt.timedelta(seconds=int(minute * 60)) for minute in sorted(minutes)]


def _describe(rng: Random, person: Person, log: Log, *, mood: int) -> Log:
    energy = patterns.energy(rng, mood=mood, hour=log.hour) if rng.random() < 0.7 else None
    return log._replace(mood=mood, energy=energy, note=rng.choice(NOTES) if rng.random() < 0.08 else "")


def settle(life: Life) -> None:
    """The ledger of each habit and its kept columns, from one replay of all that was done."""
    for doing in life.doings:
        row = doing.row
        replay = streaks.replay(
            doing.timeline,
            start=doing.started_on,
            counts=doing.counts,
            today=life.until,
            rests=doing.rests,
            week_start=life.person.calendar.week_start,
        )
        doing.ledger = replay.ledger
        row.counted_on = max(doing.counts, default=None)
        row.counted = doing.counts[row.counted_on] if row.counted_on else 0
        streak_cache.set_columns(row, HabitStanding(replay.state, replay.streak, doing.counts.get(life.until, 0)))
        row.next_reminder_at = reminders.plan(row, calendar=life.person.calendar, after=life.ends_at)
        if doing.logs:
            row.updated_at = doing.logs[-1].at
