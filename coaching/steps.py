"""The one concrete next step of a message. Pure.

A step about today is given only for a habit that is due, open and not resting. Each step leads to the page on which it
is done; nothing is ever said to be done already, and nothing is suggested that its plan cannot hold.
"""

from coaching import words
from coaching.context import Fact, NextStep, Value
from coaching.facts import NEAR, hour, is_gone, length, next_milestone
from coaching.records import DAYS_IN_WEEK, HabitRecord, Record, done, last_days
from habits.schedules import Weekdays

# Amounts from which a half is worth naming.
WORTH_HALVING = 4

# What a step is about: the sentence before it (ai_prompt_templates.toml) is chosen by this.
ABOUT = {
    "today": ("once", "its_time", "portion", "parts", "add", "tiny", "half", "same_hour", "first"),
    "later": (
        "tomorrow",
        "its_time_tomorrow",
        "next_day",
        "next_date",
        "any_day",
        "full_week",
        "full_month",
        "look",
        "look_back",
    ),
    "rest": ("resting",),
    "limit": ("keep_limit", "keep_none"),
    "change": ("move_weekday", "plan_weekday", "its_weekday", "remind_at", "lower", "anchor", "ease"),
    "more": ("raise", "goal"),
    "go_on": ("keep_on",),
}


def about(step: NextStep) -> str:
    """The group of ABOUT that the kind of the step belongs to."""
    return next(name for name, kinds in ABOUT.items() if step.kind in kinds)


def for_habit(habit: HabitRecord, record: Record, *, message_type: str, facts: list[Fact]) -> NextStep:
    """The step that fits the type, the facts and how the habit stands today."""
    by_kind = {fact.kind: fact for fact in facts}
    if message_type == "advice" and habit.at_least:
        return _change(habit, record, by_kind)
    if message_type == "challenge":
        return _raise(habit, record)
    if habit.is_rested:
        return _step("resting", habit)
    if not habit.at_least:
        return _step(_limit(habit) if habit.is_due and habit.wants_more else "look", habit)
    if habit.is_open:
        return _today(habit, record, by_kind)
    return _later(habit, record)


def _limit(habit: HabitRecord) -> str:
    """A limit of nothing has no amount to stop at or to count."""
    return "keep_limit" if habit.rule.target else "keep_none"


def for_person(record: Record) -> NextStep:
    """For a message about all habits: the first open one, or the plan of the coming days."""
    habit = next((habit for habit in record.habits if habit.is_open and habit.at_least and not habit.is_muted), None)
    if habit:
        return _step("first", habit)
    return NextStep(kind="look_back", to=["analytics:insights"])


def keep_on(habit: HabitRecord) -> NextStep:
    """After a good week, for the week that begins."""
    return _step("resting" if habit.is_rested else "keep_on", habit)


def _step(kind: str, habit: HabitRecord, *, route: str = "habits:habit", **params: Value) -> NextStep:
    return NextStep(kind=kind, habit_id=habit.id, params=params, to=[route, habit.id])


def _today(habit: HabitRecord, record: Record, facts: dict[str, Fact]) -> NextStep:
    if "away" in facts or "comeback" in facts or is_gone(habit):
        return _small(habit, record, facts)
    top = habit.top_hour
    is_usual = hour(habit, record) is not None and not words.says_when(habit.name)
    if is_usual and top is not None and record.is_ahead(top) and _names_hour(habit, record, facts):
        return _same_hour(habit, record, top)
    return _portion(habit, record)


def _same_hour(habit: HabitRecord, record: Record, top: int) -> NextStep:
    """The usual hour, after midnight that of the night: of a day that begins at 04:00, 02:00 is its end."""
    if top < record.day_start:
        return _step("same_hour", habit, clock=words.night(top, record.language), part="night")
    return _step("same_hour", habit, clock=words.clock(top, record.language), part="day")


def _names_hour(habit: HabitRecord, record: Record, facts: dict[str, Fact]) -> bool:
    """Whether the usual hour is named: beside the fact of it, else every other day where once is all that is asked."""
    return "hour" in facts or (habit.rule.target == 1 and record.day.toordinal() % 2 == 0)


def _small(habit: HabitRecord, record: Record, facts: dict[str, Fact]) -> NextStep:
    """The way back in."""
    half = habit.rule.target // 2
    if "away" in facts and habit.rule.target >= WORTH_HALVING and habit.names_amounts:
        return _step("half", habit, amount=words.amount(half, habit.rule.unit, record.language))
    return _step("its_time" if words.says_when(habit.name) else "tiny", habit)


def _portion(habit: HabitRecord, record: Record) -> NextStep:
    """What is left for today: once, the amount of a day, or a part of the week's."""
    if habit.rule.schedule.totals:
        return _step("add", habit)
    if habit.rule.target == 1:
        return _step("its_time" if words.says_when(habit.name) else "once", habit)
    if not habit.names_amounts:
        return _step("parts", habit)
    return _step("portion", habit, amount=words.amount(habit.rule.target, habit.rule.unit, record.language))


def _later(habit: HabitRecord, record: Record) -> NextStep:
    """For a habit that asks for nothing more today."""
    if not habit.is_judged_by_day:
        return _step(f"full_{habit.unit[:-1]}" if habit.is_full and habit.unit != "days" else "any_day", habit)
    if habit.next_due is None:
        return _step("look", habit)
    days = (habit.next_due - record.day).days
    if days == 1:
        return _step("its_time_tomorrow" if words.says_when(habit.name) else "tomorrow", habit)
    if days < DAYS_IN_WEEK:
        return _step("next_day", habit, weekday=words.weekday(habit.next_due.weekday(), record.language))
    return _step("next_date", habit, date=words.date(habit.next_due, record.language))


def _change(habit: HabitRecord, record: Record, facts: dict[str, Fact]) -> NextStep:
    """A change of the plan that a pattern suggests."""
    if "hard_weekday" in facts:
        return _for_weekday(habit, facts["hard_weekday"].params["weekday"])
    if is_half_empty(habit, record) and habit.rule.target >= WORTH_HALVING and habit.names_amounts:
        half = words.amount(habit.rule.target // 2, habit.rule.unit, record.language)
        return _step("lower", habit, route="habits:edit", amount=half)
    if "hour" in facts:
        return _step("remind_at", habit, route="habits:reminders", clock=facts["hour"].params["clock"])
    return _step("ease" if words.says_when(habit.name) else "anchor", habit, route="habits:edit")


def _for_weekday(habit: HabitRecord, weekday: Value) -> NextStep:
    """Another day where the days were chosen one by one; else another time on that day."""
    schedule = habit.rule.schedule
    if isinstance(schedule, Weekdays) and 1 < len(schedule.days) < DAYS_IN_WEEK:
        return _step("move_weekday", habit, route="habits:edit", weekday=weekday)
    return _step("its_weekday" if words.says_when(habit.name) else "plan_weekday", habit, weekday=weekday)


def is_half_empty(habit: HabitRecord, record: Record) -> bool:
    """Fewer than half of the due days of the last seven were done, but some."""
    entries = last_days(habit, record.day, DAYS_IN_WEEK)
    return habit.is_judged_by_day and len(entries) >= 4 and 0 < done(entries) * 2 < len(entries)


def _raise(habit: HabitRecord, record: Record) -> NextStep:
    """A little more, as a choice."""
    rule = habit.rule
    if rule.unit and rule.target > 1 and habit.names_amounts:
        higher = rule.target + max(rule.step, 1)
        return _step("raise", habit, route="habits:edit", amount=words.amount(higher, rule.unit, record.language))
    goal = next_milestone(habit, beyond=NEAR) or habit.current + 100
    return _step("goal", habit, goal=length(habit, record, goal))
