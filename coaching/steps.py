"""The one concrete next step of a message. Pure.

A step about today is given only for a habit that is due, open and not resting. Each step leads to the page on which it
is done; nothing is ever said to be done already.
"""

from coaching import words
from coaching.context import Fact, NextStep, Value
from coaching.facts import MILESTONES
from coaching.records import HabitRecord, Record

# Amounts from which a half is worth naming.
WORTH_HALVING = 4


def for_habit(habit: HabitRecord, record: Record, *, message_type: str, facts: list[Fact]) -> NextStep:
    """The step that fits the type, the facts and how the habit stands today."""
    by_kind = {fact.kind: fact for fact in facts}
    if message_type == "advice" and (step := _change(habit, record, by_kind)):
        return step
    if message_type == "challenge":
        return _raise(habit, record)
    if not habit.at_least:
        return _step("keep_limit" if habit.is_due else "look", habit)
    if habit.is_open:
        return _today(habit, record, by_kind)
    return _later(habit, record)


def for_person(record: Record) -> NextStep:
    """For a message about all habits: the first open one, or the plan of the coming days."""
    habit = next((habit for habit in record.habits if habit.is_open and habit.at_least), None)
    if habit:
        return _step("first", habit)
    return NextStep(kind="look_back", to=["analytics:insights"])


def _step(kind: str, habit: HabitRecord, *, route: str = "habits:habit", **params: Value) -> NextStep:
    return NextStep(kind=kind, habit_id=habit.id, params=params, to=[route, habit.id])


def _today(habit: HabitRecord, record: Record, facts: dict[str, Fact]) -> NextStep:
    half = habit.rule.target // 2
    if "away" in facts and half >= WORTH_HALVING // 2 and habit.names_amounts:
        return _step("half", habit, amount=words.amount(half, habit.rule.unit, record.language))
    if "away" in facts or "comeback" in facts:
        return _step("tiny", habit)
    if "hour" in facts:
        return _step("same_hour", habit, clock=facts["hour"].params["clock"])
    if "near" in facts:
        return _step("one_more", habit, left=facts["near"].params["left"])
    return _step("once", habit)


def _later(habit: HabitRecord, record: Record) -> NextStep:
    """For a habit that asks for nothing more today."""
    if habit.next_due is None:
        return _step("look", habit)
    days = (habit.next_due - record.day).days
    if habit.is_rested:
        return _step("resting", habit)
    if days == 1:
        return _step("tomorrow", habit)
    return _step("next_day", habit, weekday=words.weekday(habit.next_due.weekday(), record.language))


def _change(habit: HabitRecord, record: Record, facts: dict[str, Fact]) -> NextStep | None:
    """A change of the plan that a pattern suggests."""
    if "hard_weekday" in facts:
        return _step("move_weekday", habit, route="habits:edit", weekday=facts["hard_weekday"].params["weekday"])
    if "hour" in facts:
        return _step("remind_at", habit, route="habits:reminders", clock=facts["hour"].params["clock"])
    half = habit.rule.target // 2
    if habit.at_least and habit.rule.target >= WORTH_HALVING and habit.names_amounts:
        return _step("lower", habit, route="habits:edit", amount=words.amount(half, habit.rule.unit, record.language))
    return _step("anchor", habit, route="habits:edit") if habit.at_least else None


def _raise(habit: HabitRecord, record: Record) -> NextStep:
    """A little more, as a choice."""
    rule = habit.rule
    if rule.unit and rule.target > 1 and habit.names_amounts:
        higher = rule.target + max(rule.step, 1)
        return _step("raise", habit, route="habits:edit", amount=words.amount(higher, rule.unit, record.language))
    goal = next((length for length in MILESTONES if length > habit.current), habit.current + 100)
    return _step("goal", habit, goal=words.length(goal, habit.unit, record.language))
