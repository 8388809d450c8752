"""When a habit is due and how much of it: pure values and their JSON.

    rule = parse("custom", {"kind": "weekdays", "days": [1, 3, 5]}, target=8, unit="잔")
    rule.is_due(day)             the habit may be done on that day (any day for `Weekly` and `Window`)
    rule.met(count)              `count` of one day reaches the target, or stays within it
    rule.sentence("물")          "매주 월·수·금, 물 8잔"
    Rule.of_columns(user_habit)  the rule of a row, and rule.columns() back to its columns

`target_frequency` and the `schedule` column:

    daily   {}                                                       Daily()
    weekly  {"times": 1..7}                                          Weekly(times)       N days in a week
    custom  {"kind": "weekdays", "days": [1..7, ISO]}                Weekdays(days)
            {"kind": "interval", "every": 2..365, "from": "Y-M-D"}   Interval(every, anchor)
            {"kind": "window", "times": n, "days": m}, n ≤ m ≤ 60    Window(times, days)  N times in any M days
            {"kind": "weeks", "every": 2..8, "days": [1..7], "from": "Y-M-D"}   AlternateWeeks(every, days, anchor)
            {"kind": "week_total"}, {"kind": "month_total"}          WeekTotal(), MonthTotal()  the target is for all of it

Each kind is one file, registered in `kinds.py`. A `Timeline` is a habit's rules over time: a change counts from its day
on, earlier days keep their own rule. `direction` is "at_least" or "at_most"; `target` is the amount of one due day,
whatever the schedule, or that of the whole week or month for the last two. Any other value raises `RuleError`, which names the field and has a message for the person.
"""

from datetime import timedelta

from habits.schedules.base import RuleError, Schedule, Unit
from habits.schedules.daily import Daily
from habits.schedules.interval import Interval
from habits.schedules.kinds import KINDS
from habits.schedules.rule import (
    COLUMNS,
    MAX_TARGET,
    MAX_UNIT,
    SMALL_TARGET,
    TEMPLATE_COLUMNS,
    Direction,
    Rule,
    known,
    parse,
)
from habits.schedules.timeline import Timeline
from habits.schedules.totals import MonthTotal, WeekTotal
from habits.schedules.weekdays import Weekdays
from habits.schedules.weekly import Weekly
from habits.schedules.window import Window

__all__ = [
    "COLUMNS",
    "FURTHEST",
    "KINDS",
    "MAX_TARGET",
    "MAX_UNIT",
    "SMALL_TARGET",
    "TEMPLATE_COLUMNS",
    "Daily",
    "Direction",
    "Interval",
    "MonthTotal",
    "Rule",
    "RuleError",
    "Schedule",
    "Timeline",
    "Unit",
    "WeekTotal",
    "Weekdays",
    "Weekly",
    "Window",
    "known",
    "parse",
]

# How far back a habit may begin and a check-in may be added: each day from the first one on is judged.
FURTHEST = timedelta(days=366 * 10)
