"""The facts that the record holds.

Each function checks one kind and gives its parameters, or None if it does not hold.

`of_habit` and `of_person` collect them as `Fact`s with evidence. All numbers and words of a sentence about the fact are
in its parameters, so that the output gate can compare them. Pure.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import takewhile
from statistics import fmean

from accounts.days import ONE_DAY
from coaching import words
from coaching.context import Fact, Value
from coaching.records import DAYS_IN_WEEK, HabitRecord, Record, by_weekday, covers, done, is_blank, last_days
from habits.streaks import Entry, Reason

type Params = dict[str, Value] | None
type HabitFact = Callable[[HabitRecord, Record], Params]
type PersonFact = Callable[[Record], Params]

MILESTONES = (3, 7, 14, 21, 30, 50, 66, 100, 150, 200, 300, 365, 500, 700, 1000)
# So close a round length is near.
NEAR = 3
TOTALS = (10, 25, 50, 100, 150, 200, 300, 500, 1000, 2000)
# Days since the beginning that are worth a word.
AGES = (7, 14, 21, 30, 40, 50, 60, 70, 80, 90)
# Shorter runs are not worth a word.
FEWEST_RUN = {"days": 3, "weeks": 2, "months": 2}
# Fewer days than in the week before by so many are more than chance.
DROP = 2
# The fewest check-ins or days that a pattern needs.
FEWEST_HOURS, FEWEST_WEEKDAYS, FEWEST_MOODS = 10, 4, 3
# A weekday stands out by this share. It goes well if so much of it was done; it is hard if so much of it was empty.
STANDS_OUT, GOOD, HARD, FEWEST_EMPTY = 0.2, 0.75, 0.5, 3
# Empty due days after which no pattern is read any more: the way back is what helps.
GONE = 7
PATTERNS = frozenset({"hour", "good_weekday", "hard_weekday"})

HABIT_FACTS: dict[str, HabitFact] = {}
PERSON_FACTS: dict[str, PersonFact] = {}


def _habit_fact(function: HabitFact) -> HabitFact:
    HABIT_FACTS[function.__name__] = function
    return function


def _person_fact(function: PersonFact) -> PersonFact:
    PERSON_FACTS[function.__name__] = function
    return function


def of_habit(habit: HabitRecord, record: Record) -> dict[str, Fact]:
    """All facts that hold for one habit, by kind."""
    found = {}
    for kind, function in HABIT_FACTS.items():
        if kind in PATTERNS and is_gone(habit):
            continue
        if (params := function(habit, record)) is not None:
            evidence = ["habits:habit", habit.id]
            found[kind] = Fact(kind=kind, habit_id=habit.id, params=params, evidence=evidence)
    return found


def of_person(record: Record) -> dict[str, Fact]:
    """All facts that hold over the person's habits together, by kind."""
    found = {}
    for kind, function in PERSON_FACTS.items():
        if (params := function(record)) is not None:
            found[kind] = Fact(kind=kind, params=params, evidence=["analytics:insights"])
    return found


# ── Streaks and totals ───────────────────────────────────────────────────────


def has_runs(habit: HabitRecord) -> bool:
    """Whether it is due once a week or more: else "7 days in a row" says another thing."""
    times, days = habit.rule.schedule.pace
    return habit.unit != "days" or times * DAYS_IN_WEEK >= days


@_habit_fact
def streak(habit: HabitRecord, record: Record) -> Params:
    """The running streak."""
    if habit.current < FEWEST_RUN[habit.unit] or not has_runs(habit) or habit.is_over:
        return None
    return _run(habit, record, habit.current)


def _run(habit: HabitRecord, record: Record, number: int) -> dict[str, Value]:
    """The length of a run; `limit` where it is one of days within a limit, which has sentences of its own."""
    told: dict[str, Value] = {"length": length(habit, record, number)}
    return told if habit.at_least else told | {"limit": "at_most"}


def length(habit: HabitRecord, record: Record, number: int) -> str:
    """ "12일", "3주"; "12번" for a habit that is not daily: its days do not follow each other."""
    return words.length(number, _unit(habit), record.language)


def _unit(habit: HabitRecord) -> str:
    return "days_due" if habit.unit == "days" and not habit.is_daily else habit.unit


@_habit_fact
def longest_now(habit: HabitRecord, record: Record) -> Params:
    """The running streak is the longest so far, and there was another one before."""
    earlier = habit.total > habit.current if habit.unit == "days" else habit.best > 1
    if habit.current < 3 or habit.current <= max(habit.best - 1, longest_before(habit)) or not earlier:
        return None
    if not has_runs(habit) or habit.is_over:
        return None
    return _run(habit, record, habit.current)


def longest_before(habit: HabitRecord) -> int:
    """The longest run of the ledger before the one that goes on now."""
    last = next((number for number, entry in reversed(list(enumerate(habit.ledger))) if entry.broke), 0)
    return max((entry.run for entry in habit.ledger[:last] if entry.unit == habit.unit), default=0)


@_habit_fact
def best(habit: HabitRecord, record: Record) -> Params:
    """The longest streak so far, when another one is running."""
    if habit.best < 3 or habit.current >= habit.best or not has_runs(habit):
        return None
    return _run(habit, record, habit.best)


def next_milestone(habit: HabitRecord, *, beyond: int = 0) -> int:
    """The next round length of its streak that is more than `beyond` away; 0 after the last."""
    return next((length for length in MILESTONES if length > habit.current + beyond), 0)


@_habit_fact
def near(habit: HabitRecord, record: Record) -> Params:
    """A round length of the streak is at most three days, or one week or month, away."""
    following = next_milestone(habit)
    left = following - habit.current
    is_close = habit.current >= 3 and 0 < left <= (NEAR if habit.unit == "days" else 1)
    if not is_close or not has_runs(habit) or habit.is_rested or habit.is_over:
        return None
    return _run(habit, record, habit.current) | {
        "left": words.left(left, _unit(habit), record.language),
        "goal": words.goal(following, _unit(habit), record.language),
    }


@_habit_fact
def total(habit: HabitRecord, _record: Record) -> Params:
    """How often it was done in all."""
    if habit.total < TOTALS[0] or not habit.at_least or habit.counts_times:
        return None
    return {"count": habit.total}


@_habit_fact
def age(habit: HabitRecord, record: Record) -> Params:
    """How long ago it was begun, on round days, if all of that is in the record."""
    if not habit.ledger or not habit.total:
        return None
    days = (record.day - habit.ledger[0].day).days
    # A full record may have begun earlier.
    return {"days": days} if days in AGES else None


# ── The last days ────────────────────────────────────────────────────────────


@_habit_fact
def week(habit: HabitRecord, record: Record) -> Params:
    """Done days of the due days of the last seven."""
    entries = last_days(habit, record.day, DAYS_IN_WEEK)
    if not habit.at_least or not habit.is_judged_by_day or not covers(habit, record.day, DAYS_IN_WEEK):
        return None
    kept = done(entries)
    return {"done": kept, "due": len(entries)} if len(entries) >= 2 and kept else None


@_habit_fact
def week_times(habit: HabitRecord, record: Record) -> Params:
    """Done days of the last seven, where the days themselves are free."""
    if (
        not habit.at_least
        or habit.is_judged_by_day
        or habit.counts_times
        or not covers(habit, record.day, DAYS_IN_WEEK)
    ):
        return None
    kept = done(last_days(habit, record.day, DAYS_IN_WEEK))
    return {"done": kept} if kept else None


@_habit_fact
def more(habit: HabitRecord, record: Record) -> Params:
    """More done days in the last seven than in the seven before."""
    now, before = _two_weeks(habit, record)
    return {"now": now, "before": before} if 0 < before < now else None


@_habit_fact
def fewer(habit: HabitRecord, record: Record) -> Params:
    """Clearly fewer done days than in the seven before, but some, and not all that were due."""
    now, before = _two_weeks(habit, record)
    return {"now": now, "before": before} if 0 < now <= before - DROP and now < asked_in_week(habit, record) else None


def asked_in_week(habit: HabitRecord, record: Record) -> float:
    """The due days of the last seven, or so many times as its plan asks for in seven days."""
    times, days = habit.rule.schedule.pace
    if habit.is_judged_by_day:
        return len(last_days(habit, record.day, DAYS_IN_WEEK))
    return times * DAYS_IN_WEEK / days


def _two_weeks(habit: HabitRecord, record: Record) -> tuple[int, int]:
    if not habit.at_least or not covers(habit, record.day, 2 * DAYS_IN_WEEK):
        return 0, 0
    return done(last_days(habit, record.day, DAYS_IN_WEEK)), done(
        last_days(habit, record.day, DAYS_IN_WEEK, before=DAYS_IN_WEEK)
    )


@_habit_fact
def month(habit: HabitRecord, record: Record) -> Params:
    """Done days of this month before today, from the tenth on."""
    first = record.day.replace(day=1)
    days = (record.day - first).days
    if not habit.at_least or days < 10 or not covers(habit, record.day, days):
        return None
    kept = done(last_days(habit, record.day, days))
    return {"done": kept, "month": words.month(first, record.language)} if kept >= 3 else None


@_habit_fact
def yesterday(habit: HabitRecord, record: Record) -> Params:
    """It was done yesterday."""
    last = habit.ledger[-1] if habit.ledger else None
    if last is None or last.day != record.day - ONE_DAY or last.reason is not Reason.DONE or not habit.at_least:
        return None
    return {"weekday": words.weekday(last.day.weekday(), record.language)}


@_habit_fact
def away(habit: HabitRecord, record: Record) -> Params:
    """The due days since it was last done, three or more and all of them blank, and what stands."""
    last = habit.last_done
    if last is None or habit.is_done or not habit.at_least or not habit.is_judged_by_day:
        return None
    since = [entry for entry in habit.judged if entry.day > last]
    if len(since) < 3 or not all(is_blank(entry) for entry in since):
        return None
    return {"days": len(since), "count": habit.total}


@_habit_fact
def comeback(habit: HabitRecord, record: Record) -> Params:
    """It goes on again after three or more due days with nothing on them."""
    if (
        not habit.at_least
        or not habit.is_judged_by_day
        or not 1 <= habit.current <= DAYS_IN_WEEK
        or habit.unit != "days"
    ):
        return None
    latest_first = list(reversed(habit.judged))
    running = len(list(takewhile(lambda entry: entry.reason is Reason.DONE, latest_first)))
    earlier = latest_first[running:]
    empty = len(list(takewhile(is_blank, earlier)))
    if running < 1 or empty < 3 or empty == len(earlier):
        return None
    return {"empty": empty, "since": running}


def is_gone(habit: HabitRecord) -> bool:
    """Whether nothing was done for so long that what was usual says nothing any more."""
    if habit.is_judged_by_day or habit.last_done is None:
        return habit.blank_at_last >= GONE
    # Where a week or a window is judged, its days are not: twice as long as from one time to the next.
    times, days = habit.rule.schedule.pace
    return (habit.ledger[-1].day - habit.last_done).days >= 2 * max(GONE, days // times)


def has_just_returned(habit: HabitRecord, record: Record) -> bool:
    """Whether it goes on again after such a time: its empty days are no pattern."""
    returned = comeback(habit, record)
    return returned is not None and int(returned["empty"]) >= GONE


@_habit_fact
def amount_week(habit: HabitRecord, record: Record) -> Params:
    """The sum of amounts of the last seven days, where there is a unit."""
    first = record.day - DAYS_IN_WEEK * ONE_DAY
    logged = sum(entry.amount for entry in habit.ledger if entry.day >= first)
    if not _has_amounts(habit) or not covers(habit, record.day, DAYS_IN_WEEK):
        return None
    return {"amount": words.amount(logged, habit.rule.unit, record.language)} if logged else None


def _has_amounts(habit: HabitRecord) -> bool:
    return habit.at_least and habit.says_amounts and not habit.counts_times and habit.rule.target > 1


@_habit_fact
def within(habit: HabitRecord, record: Record) -> Params:
    """Days of the last seven within the limit, of a habit to reduce."""
    entries = last_days(habit, record.day, DAYS_IN_WEEK)
    if habit.at_least or not habit.is_judged_by_day or not covers(habit, record.day, DAYS_IN_WEEK) or len(entries) < 2:
        return None
    kept = done(entries)
    return {"done": kept, "due": len(entries)} if kept else None


# ── Patterns ─────────────────────────────────────────────────────────────────


@_habit_fact
def hour(habit: HabitRecord, record: Record) -> Params:
    """The hour in which it is done most often, if that is two of five times or more."""
    counted = sum(habit.hours.values())
    top = habit.top_hour
    if top is None or counted < FEWEST_HOURS or not habit.at_least or habit.hours[top] * 5 < counted * 2:
        return None
    told: dict[str, Value] = {"clock": words.clock(top, record.language), "times": habit.hours[top], "of": counted}
    # Korean has a word for the hour, "7시대".
    return told | {"until": words.clock((top + 1) % 24, "en")} if record.language == "en" else told


@_habit_fact
def good_weekday(habit: HabitRecord, record: Record) -> Params:
    """The weekday that goes best over eight weeks, if it stands out."""
    number = _standing_out(habit, record, _is_done)
    if number is None:
        return None
    kept, judged = by_weekday(habit, record.day, _is_done)[number]
    if kept < GOOD * judged:
        return None
    return {"weekday": words.weekday(number, record.language), "done": kept, "due": judged}


@_habit_fact
def hard_weekday(habit: HabitRecord, record: Record) -> Params:
    """The weekday with the most empty days over eight weeks, if it stands out."""
    number = _standing_out(habit, record, is_blank)
    if number is None or has_just_returned(habit, record):
        return None
    empty, judged = by_weekday(habit, record.day, is_blank)[number]
    if empty < max(FEWEST_EMPTY, HARD * judged) or not _goes_on(habit, number, record.day):
        return None
    return {"weekday": words.weekday(number, record.language), "empty": empty, "due": judged}


def _goes_on(habit: HabitRecord, weekday: int, today: dt.date) -> bool:
    """Whether one of its last two such days was empty, and its present rule asks for another within two weeks."""
    ahead = (today + number * ONE_DAY for number in range(2 * DAYS_IN_WEEK))
    last = [entry for entry in habit.judged if entry.day.weekday() == weekday][-2:]
    return done(last) < len(last) and any(day.weekday() == weekday and habit.rule.is_due(day) for day in ahead)


def _is_done(entry: Entry) -> bool:
    return entry.reason is Reason.DONE


def _standing_out(habit: HabitRecord, record: Record, counts: Callable[[Entry], bool]) -> int | None:
    """The weekday on which the share of days that count is higher than on all others together."""
    days = by_weekday(habit, record.day, counts)
    counted, judged = sum(one for one, _all in days.values()), sum(number for _one, number in days.values())
    if not habit.at_least or not habit.is_judged_by_day or len(days) < 2:
        return None
    differs = {}
    for weekday, (its_own, its_judged) in days.items():
        others = judged - its_judged
        if its_judged >= FEWEST_WEEKDAYS and others:
            differs[weekday] = its_own / its_judged - (counted - its_own) / others
    top = max(differs, key=lambda weekday: (differs[weekday], -weekday), default=None)
    return top if top is not None and differs[top] >= STANDS_OUT else None


# ── All habits together ──────────────────────────────────────────────────────


@_person_fact
def week_of_all(record: Record) -> Params:
    """How often anything was done in the last seven days."""
    counted = [
        habit
        for habit in record.habits
        if habit.at_least
        and not habit.is_muted
        and covers(habit, record.day, DAYS_IN_WEEK)
        # One that rested all week is no part of what was done.
        and not (habit.is_rested and not last_days(habit, record.day, DAYS_IN_WEEK))
    ]
    kept = sum(done(last_days(habit, record.day, DAYS_IN_WEEK)) for habit in counted)
    return {"done": kept, "habits": len(counted)} if len(counted) >= 2 and kept >= 3 else None


@_person_fact
def full_days(record: Record) -> Params:
    """Days of the last seven on which everything that was due was done."""
    counted = [habit for habit in record.habits if habit.is_judged_by_day]
    if len(counted) < 2 or not all(covers(habit, record.day, DAYS_IN_WEEK) for habit in counted):
        return None
    totals = [record.total(record.day - n * ONE_DAY) for n in range(1, DAYS_IN_WEEK + 1)]
    full = sum(total.asked > 1 and total.done == total.asked for total in totals)
    return {"days": full} if full else None


@_person_fact
def mood(record: Record) -> Params:
    """The mean of the mood noted in the last seven days, with the number of days."""
    noted = [score for day, score in record.moods.items() if record.day - DAYS_IN_WEEK * ONE_DAY <= day < record.day]
    if len(noted) < FEWEST_MOODS:
        return None
    return {"mood": f"{fmean(noted):.1f}".removesuffix(".0"), "days": len(noted), "most": 10}


def kinds() -> Iterator[str]:
    """Every kind of fact; content/sentences.toml has sentences for each."""
    yield from HABIT_FACTS
    yield from PERSON_FACTS
