"""The weekly letter: steadiness, what changed, one suggestion. Rules; pure.

It repeats no fact of the last two weeks.
"""

from collections.abc import Collection
from random import Random

from coaching import facts as fact_rules
from coaching import steps
from coaching.context import OF_LETTER, Fact, NextStep
from coaching.message_choice import WEEKS, MessageChoice, Past, is_mostly_done
from coaching.models import MessageType
from coaching.records import HabitRecord, Record

STEADY = ("full_days", "week_of_all")
CHANGED = ("more", "comeback", "fewer", "hard_weekday", "good_weekday", "longest_now", "week", "week_times")
# Changes after which another way is suggested.
SLIPPED = {"fewer", "hard_weekday"}
MOST_CHANGES = 2


def choose(record: Record, past: Collection[Past], *, seed: str) -> MessageChoice | None:
    """A letter over all habits; None where a week has nothing to tell."""
    if record.habits and all(habit.is_muted for habit in record.habits):
        return None
    rng = Random(seed)  # noqa: S311 -- variety, not secrecy
    told = {key for one in past for key in one.keys}
    whole = fact_rules.of_person(record)
    steady = [whole[kind] for kind in STEADY if kind in whole and whole[kind].key not in told][:1]
    changed = _changes(record, told, rng)
    facts = steady + changed
    if not facts:
        return None
    habit = record.habit(changed[0].habit_id) if changed else None
    step = _step(habit, record, changed) if habit else steps.for_person(record)
    return MessageChoice(
        MessageType.MOTIVATION, OF_LETTER, habit if len({fact.habit_id for fact in facts}) == 1 else None, facts, step
    )


def _step(habit: HabitRecord, record: Record, changed: list[Fact]) -> NextStep:
    """A change of the plan where something slipped; to go on where it did not, or to rest; small after a return."""
    if habit.is_rested:
        return steps.keep_on(habit)
    if changed[0].kind == "more":
        return steps.keep_on(habit)
    if changed[0].kind == "comeback":
        return steps.for_habit(habit, record, message_type=MessageType.MOTIVATION, facts=changed[:1])
    if changed[0].kind in SLIPPED or steps.is_half_empty(habit, record):
        return steps.for_habit(habit, record, message_type=MessageType.ADVICE, facts=changed[:1])
    return steps.keep_on(habit)


def _changes(record: Record, told: set[str], rng: Random) -> list[Fact]:
    """The facts that say most about the week, of one habit each."""
    found: list[tuple[int, Fact, bool]] = []
    habits: list[HabitRecord] = [habit for habit in record.habits if not habit.is_muted]
    rng.shuffle(habits)
    for habit in habits:
        its = fact_rules.of_habit(habit, record)
        # Where the suggestion is a change of the plan, a strong weekday does not take the place of the week.
        passed_over = {"good_weekday"} if steps.is_half_empty(habit, record) else set[str]()
        kind = next(
            (kind for kind in CHANGED if kind in its and its[kind].key not in told and kind not in passed_over), None
        )
        if kind:
            found.append((CHANGED.index(kind), its[kind], kind in WEEKS and not is_mostly_done(habit, record)))
    found.sort(key=lambda one: one[0])
    # The step is about the first; beside it a week that was mostly empty only weighs.
    kept = [fact for number, (_order, fact, is_empty) in enumerate(found) if number == 0 or not is_empty]
    return kept[:MOST_CHANGES]
