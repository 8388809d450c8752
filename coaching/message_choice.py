"""Which of the five types a message has, about which habit, from which facts.

Rules that one can read; pure.

    choose(record, past, …) -> MessageChoice | None      None: nothing new can be said today, and nothing is sent

The first rule that applies decides:

1. celebration  the last check-in of a habit, today or yesterday, made its length or its total a round one
2. reminder     a streak is at risk today: due, still open, and the last due day or this weekday went empty
3. challenge    it is too easy: every due day of the last two weeks was done
4. advice       a pattern hurts: a weekday stands out as empty, or fewer than half of the week's due days were done
5. motivation   else, and for a habit of which nothing was done for a week or more (`facts.GONE`)

Rules 2 to 4 speak about a habit only if they have not done so for some days (`PAUSES`). A fact that was told within two
weeks is not told again, and praise needs a fact that happened: a celebration without its fact is none. Nothing is said
about a habit that the person muted, and nothing at all if all are.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random

from accounts.days import ONE_DAY
from coaching import facts as fact_rules
from coaching import steps
from coaching.context import Context, Fact, NextStep
from coaching.facts import MILESTONES, NEAR, TOTALS
from coaching.models import MessageType
from coaching.records import DAYS_IN_WEEK, EMPTY, HabitRecord, Record, done, last_days

# A fact told within these days is not told again.
NOT_AGAIN = 14
# Days until the same type speaks about the same habit again.
PAUSES = {MessageType.REMINDER: 3, MessageType.CHALLENGE: 14, MessageType.ADVICE: 10}
# Days until the same type speaks again at all: several habits often have the same hard weekday.
SHARED_PAUSES = {MessageType.ADVICE: 3}
# Days until a kind of fact is mentioned of a habit again while its numbers move: a total grows each day and says nothing new.
SPACED = {
    "total": 14, "month": 14, "yesterday": 14, "longest_now": 10, "week": 6, "week_times": 6, "amount_week": 6, "within": 6, "streak": 5,
    "week_of_all": 6, "full_days": 6, "mood": 6,
}  # fmt: skip
# The types that are about this very day: their own fact is mentioned whenever it holds.
OF_THE_DAY = {MessageType.CELEBRATION, MessageType.REMINDER}
# Days until a habit that rests is spoken about again, if no other is left to speak about.
REST_PAUSE = 4
EASY_DAYS = 10
# A shorter round length is celebrated only where it is the longest so far: a run of three days often begins again.
CELEBRATED = 7
# The facts that a type may begin with, and what may stand beside them.
LEADING: dict[str, tuple[str, ...]] = {
    MessageType.CELEBRATION: ("longest_now", "streak", "total"),
    MessageType.REMINDER: ("near", "streak", "week"),
    MessageType.CHALLENGE: ("week", "longest_now", "streak", "within"),
    MessageType.ADVICE: ("hard_weekday", "fewer", "week", "hour", "away"),
    MessageType.MOTIVATION: (
        "away", "comeback", "near", "more", "good_weekday", "hour", "week", "week_times", "amount_week", "month",
        "longest_now", "within", "streak", "best", "total", "age", "yesterday", "full_days", "week_of_all", "mood",
    ),
}  # fmt: skip
# Facts that do not stand beside each other: they say nearly the same.
_ALIKE = (
    {"streak", "longest_now", "near", "comeback"},
    {"week", "week_times", "more", "fewer", "within", "month", "amount_week"},
    {"away", "week"},
    {"total", "away"},
    {"yesterday", "streak", "longest_now", "near", "comeback"},
    {"yesterday", "week", "week_times", "more", "month"},
    {"good_weekday", "hard_weekday"},
    {"best", "longest_now"},
)
# A run counts the days that were asked for and is kept by freezes; beside it the days of a week seem to be another number.
_RUNS, _WEEKS = {"streak", "longest_now", "near"}, {"more", "fewer", "week", "week_times", "within", "month"}
# All that stands beside a hard weekday: more would drown what the advice is about.
_BESIDE_HARD_WEEKDAY = {"hour", "fewer"}
# A challenge has its own goal, and a celebration does not recall what was left empty.
_NOT_BESIDE: dict[str, set[str]] = {MessageType.CHALLENGE: {"near"}, MessageType.CELEBRATION: {"comeback"}}
# Facts that say how much of a week was done.
WEEKS = {"week", "week_times", "within"}
# Facts that no celebration and no encouragement stands beside.
SOBER = {"away", "fewer", "hard_weekday"}


@dataclass(frozen=True)
class Past:
    """An earlier message: its day, type, habit, and the facts it told."""

    day: dt.date
    message_type: str
    habit_id: str | None
    keys: frozenset[str]
    topics: frozenset[str]
    # Its wordings, so that the next message of its kind has others.
    context: Context | None = None


@dataclass(frozen=True)
class MessageChoice:
    """What a message says, before any words."""

    message_type: str
    # The rule that chose it: "milestone", "at_risk", "too_easy", "pattern", "else", "asked".
    reason: str
    habit: HabitRecord | None
    facts: list[Fact]
    step: NextStep


def choose(
    record: Record,
    past: Collection[Past],
    *,
    seed: str,
    muted: Collection[str] = (),
    rarer: Collection[str] = (),
    only: str | None = None,
    habit_id: str | None = None,
    is_asked: bool = False,
) -> MessageChoice | None:
    """The first candidate with a fact that was not told within two weeks.

    `seed` varies what is said among equals. `only` and `habit_id` restrict the candidates. Habits that rest are spoken about
    last, and only now and then unless the person asks.
    """
    rng = Random(seed)  # noqa: S311 -- variety, not secrecy
    recent = [one for one in past if record.day - one.day < NOT_AGAIN * ONE_DAY]
    told = {key for one in recent for key in one.keys}
    for message_type, reason, habit in _candidates(record, recent, rng, habit_id):
        unwanted = message_type in muted or (message_type in rarer and record.day.toordinal() % 2)
        if unwanted or (only and message_type != only):
            continue
        if not is_asked and message_type == MessageType.MOTIVATION and _rests_quietly(habit, record, recent):
            continue
        if choice := _with_facts(record, recent, told, message_type, reason, habit, rng):
            return choice
    return None


type Candidate = tuple[str, str, HabitRecord | None]


def _candidates(record: Record, recent: list[Past], rng: Random, habit_id: str | None) -> Iterator[Candidate]:
    habits = [habit for habit in record.habits if habit_id in (None, habit.id) and not habit.is_muted]
    if record.habits and not habits:
        return
    rng.shuffle(habits)
    # The habit that was spoken about longest ago comes first.
    spoken = {one.habit_id: max(other.day for other in recent if other.habit_id == one.habit_id) for one in recent}
    habits.sort(key=lambda habit: (habit.is_rested, spoken.get(habit.id, dt.date.min)))
    rules = (
        (MessageType.CELEBRATION, "milestone", is_milestone),
        (MessageType.REMINDER, "at_risk", is_at_risk),
        (MessageType.CHALLENGE, "too_easy", is_too_easy),
        (MessageType.ADVICE, "pattern", hurts),
    )
    for message_type, reason, applies in rules:
        for habit in habits:
            if applies(habit, record) and not _is_paused(message_type, habit, record, recent):
                yield message_type, reason, habit
    yield from (
        (MessageType.MOTIVATION, "else", habit)
        for habit in _with_person(habits, whole=habit_id is None, spoken=None in spoken)
    )


def _with_person(habits: list[HabitRecord], *, whole: bool, spoken: bool) -> list[HabitRecord | None]:
    """The habits, and None for all of them together: first of all if nothing was said about that lately."""
    if not whole:
        return list(habits)
    return [*habits, None] if spoken or not habits else [habits[0], None, *habits[1:]]


def _rests_quietly(habit: HabitRecord | None, record: Record, recent: list[Past]) -> bool:
    """Whether the habit rests, or all do, and one that rests was spoken about some days ago."""
    resting = {one.id for one in record.habits if one.is_rested}
    if (habit.id not in resting) if habit else len(resting) < len(record.habits):
        return False
    return any(one.habit_id in {None, *resting} and (record.day - one.day).days < REST_PAUSE for one in recent)


def _is_paused(message_type: str, habit: HabitRecord, record: Record, recent: list[Past]) -> bool:
    of_habit = PAUSES.get(MessageType(message_type), 0)
    of_all = SHARED_PAUSES.get(MessageType(message_type), 0)
    return any(
        (record.day - one.day).days < (of_habit if one.habit_id == habit.id else of_all)
        for one in recent
        if one.message_type == message_type
    )


def is_milestone(habit: HabitRecord, record: Record) -> bool:
    """Its last check-in, yesterday or today, made its length or its total a round one."""
    return _is_fresh(habit, record) and habit.at_least and (_reached_length(habit) or _has_round_total(habit))


def _has_round_total(habit: HabitRecord) -> bool:
    """Whether its total is a round one, and not that of a run which is celebrated these days with the same number."""
    is_also_a_run = habit.total in MILESTONES and habit.unit == "days" and habit.total - habit.current <= NEAR
    return habit.total in TOTALS and not is_also_a_run


def _is_fresh(habit: HabitRecord, record: Record) -> bool:
    return habit.is_done or habit.last_done == record.day - ONE_DAY


def _reached_length(habit: HabitRecord) -> bool:
    """Whether the last check-in made the streak longer: in a week with several, only the one that completed it."""
    before = habit.ledger[-1:] if habit.is_done else habit.ledger[-2:-1]
    is_new = habit.current in MILESTONES and habit.current > (before[0].run if before else 0)
    return is_new and (habit.current >= CELEBRATED or habit.current > fact_rules.longest_before(habit))


def is_at_risk(habit: HabitRecord, record: Record) -> bool:
    """A streak of three or more is open today, after an empty day or on an often empty weekday."""
    if not habit.at_least or not habit.is_open or habit.current < 3 or not habit.is_judged_by_day:
        return False
    last = habit.judged[-1:]
    same = [
        entry for entry in last_days(habit, record.day, 4 * DAYS_IN_WEEK) if entry.day.weekday() == record.day.weekday()
    ]
    often_empty = len(same) >= 3 and done(same) * 2 < len(same)
    return any(entry.reason in EMPTY for entry in last) or (often_empty and not habit.freezes)


def is_too_easy(habit: HabitRecord, record: Record) -> bool:
    """Every due day of the last two weeks was done, ten at least."""
    entries = last_days(habit, record.day, 2 * DAYS_IN_WEEK)
    if not habit.at_least or habit.is_rested or not habit.is_judged_by_day:
        return False
    return len(entries) >= EASY_DAYS and done(entries) == len(entries)


def hurts(habit: HabitRecord, record: Record) -> bool:
    """A weekday stands out as empty, or fewer than half of the week's due days were done."""
    if not habit.at_least or habit.is_rested or fact_rules.is_gone(habit):
        return False
    if fact_rules.has_just_returned(habit, record):
        return False
    return steps.is_half_empty(habit, record) or fact_rules.hard_weekday(habit, record) is not None


def _with_facts(
    record: Record,
    recent: list[Past],
    told: set[str],
    message_type: str,
    reason: str,
    habit: HabitRecord | None,
    rng: Random,
) -> MessageChoice | None:
    found = fact_rules.of_habit(habit, record) if habit else fact_rules.of_person(record)
    fresh = {
        kind: fact
        for kind, fact in found.items()
        if fact.key not in told
        and ((message_type in OF_THE_DAY and kind in LEADING[message_type]) or not _was_just_told(fact, record, recent))
    }
    leading = [kind for kind in _order(message_type, habit, record, fresh, recent, rng) if kind in fresh]
    if not leading:
        return None
    first = fresh[leading[0]]
    facts = [first, *_beside(first, fresh, message_type, habit, record, rng)]
    step = steps.for_habit(habit, record, message_type=message_type, facts=facts) if habit else steps.for_person(record)
    return MessageChoice(message_type, reason, habit, facts, step)


def _was_just_told(fact: Fact, record: Record, recent: list[Past]) -> bool:
    """Whether its kind was told of the habit a few days ago, with other numbers."""
    days = SPACED.get(fact.kind, 0)
    return any(fact.topic in one.topics and (record.day - one.day).days < days for one in recent)


def _order(
    message_type: str,
    habit: HabitRecord | None,
    record: Record,
    fresh: dict[str, Fact],
    recent: list[Past],
    rng: Random,
) -> list[str]:
    """The kinds to begin with: for motivation what was told about longest ago, else the type's own order."""
    kinds = list(LEADING[message_type])
    if message_type == MessageType.CELEBRATION and habit:
        return [
            *(["longest_now", "streak"] if _reached_length(habit) else []),
            *(["total"] if _has_round_total(habit) else []),
        ]
    if message_type == MessageType.ADVICE and habit and not steps.is_half_empty(habit, record):
        return ["hard_weekday"]
    if message_type != MessageType.MOTIVATION or "away" in fresh:
        return kinds
    if habit and not is_mostly_done(habit, record):
        kinds = [kind for kind in kinds if kind not in WEEKS]
    last_told = {topic: one.day for one in sorted(recent, key=lambda one: one.day) for topic in one.topics}
    rng.shuffle(kinds)
    return sorted(
        kinds, key=lambda kind: last_told.get(fresh[kind].topic, dt.date.min) if kind in fresh else dt.date.max
    )


def is_mostly_done(habit: HabitRecord, record: Record) -> bool:
    """At least half of what the last week asked for: less encourages nobody."""
    return done(last_days(habit, record.day, DAYS_IN_WEEK)) * 2 >= fact_rules.asked_in_week(habit, record)


def _beside(
    first: Fact, fresh: dict[str, Fact], message_type: str, habit: HabitRecord | None, record: Record, rng: Random
) -> list[Fact]:
    """At most one more fact, which says something else and fits the mood of the first."""
    if message_type == MessageType.REMINDER:
        return []
    allowed = [
        fact
        for kind, fact in fresh.items()
        if kind != first.kind
        and not any({kind, first.kind} <= alike for alike in _ALIKE)
        and not (kind in SOBER and (first.kind not in SOBER or first.kind == "away"))
        and not (kind in {"yesterday", "longest_now", "more"} and first.kind in SOBER)
        # How long ago a habit began says least.
        and kind != "age"
        and kind not in _NOT_BESIDE.get(message_type, ())
        and not (kind in WEEKS and habit and not is_mostly_done(habit, record))
        and (first.kind != "hard_weekday" or kind in _BESIDE_HARD_WEEKDAY)
        and not _seem_to_disagree(first, fact)
        and not _say_the_same_number(first, fact)
    ]
    if not allowed or rng.random() < 0.4:
        return []
    return [rng.choice(allowed)]


def _seem_to_disagree(first: Fact, other: Fact) -> bool:
    """Whether one is a run and the other a week that was not done on each of its days."""
    kinds = {first.kind, other.kind}
    whole = {fact.kind for fact in (first, other) if fact.params.get("done") == fact.params.get("due", 0)}
    return bool(kinds & _RUNS) and bool(kinds & _WEEKS) and not whole


def _say_the_same_number(first: Fact, other: Fact) -> bool:
    """Whether a run is all that was done, ever or in the week, or the check-ins of the hours are all there are."""
    by_kind = {fact.kind: fact for fact in (first, other)}
    if by_kind.keys() == {"total", "hour"}:
        return by_kind["total"].params["count"] == by_kind["hour"].params["of"]
    run = next((fact for kind, fact in by_kind.items() if kind in _RUNS), None)
    numbers = [by_kind[kind].params[name] for kind, name in (("total", "count"), ("week", "done")) if kind in by_kind]
    return run is not None and any(re.match(rf"{number:,}\D", str(run.params["length"])) for number in numbers)
