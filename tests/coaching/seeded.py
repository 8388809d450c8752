"""Seeded people with their histories, and the coach's templates, without a database."""

import datetime as dt
import tomllib
from functools import cache
from pathlib import Path

import habits
from coaching.content_rules import FILE
from coaching.models import AIPromptTemplate
from devtools.seeding import histories, people
from habits.models import Habit, HabitCategory

UNTIL = dt.date(2026, 11, 22)
DAYS = 60
HABITS = Path(habits.__file__).parent / "content"


@cache
def templates() -> list[AIPromptTemplate]:
    rows = tomllib.loads((FILE.parent / "ai_prompt_templates.toml").read_text())["ai_prompt_templates"]
    return [AIPromptTemplate(**row) for row in rows]


@cache
def catalogue() -> list[Habit]:
    categories = tomllib.loads((HABITS / "habit_categories.toml").read_text())["habit_categories"]
    by_name = {row["name_en"]: HabitCategory(**row) for row in categories}
    rows = tomllib.loads((HABITS / "habits.toml").read_text())["habits"]
    return [Habit(**(row | {"category": by_name[row["category"]]})) for row in rows]


def history(number, *, seed=7, names=()):
    """Person `number` with two to five habits, or with own names for them."""
    rng = people.random_for(seed, number)
    person = people.person(rng, number, days=DAYS, until=UNTIL)
    chosen = rng.sample(catalogue(), len(names) or rng.randint(2, 5))
    made = histories.start(rng, person, chosen, until=UNTIL)
    for habit, name in zip(made.habits, names, strict=False):
        habit.row.custom_name = name
    histories.add_random_pauses(rng, made)
    histories.add_check_ins(rng, made)
    histories.compute_streaks(made)
    return made
