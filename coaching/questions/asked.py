"""A question that was understood, and the answer to it."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accounts.models import User
from coaching.context import Route
from coaching.questions import periods
from coaching.questions.grammar import Measure
from coaching.questions.periods import Period
from habits.models import UserHabit

# Days that are looked at where a question about a rhythm names none.
RHYTHM = 56


@dataclasses.dataclass(frozen=True)
class Evidence:
    """One number of the answer in words, and the page that shows it."""

    text: str
    to: Route


@dataclasses.dataclass(frozen=True)
class Answer:
    """What is said. `kind` is "answer", "deed", "which", "early", "unshared" or "unknown"."""

    kind: str
    text: str
    value: Any = None
    evidence: list[Evidence] = dataclasses.field(default_factory=list)
    # The page on which the person does what was asked for, filled in, and its label.
    deed: Route | None = None
    deed_query: dict[str, str | list[str]] = dataclasses.field(default_factory=dict)
    deed_text: str = ""
    # Questions that may be asked instead.
    picks: list[str] = dataclasses.field(default_factory=list)
    # The colour of the page: the category of the habit.
    category: str = ""

    def to_json(self) -> dict[str, Any]:
        """For storage: without the value, which the text has in words."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "value"}


@dataclasses.dataclass(frozen=True)
class Asked:
    """A question that was understood."""

    user: User
    habits: Sequence[UserHabit]
    # None is all habits together.
    habit: UserHabit | None
    measure: Measure
    period: Period | None
    weekdays: frozenset[int]
    day: dt.date
    now: dt.datetime

    @property
    def chosen(self) -> list[UserHabit]:
        """The habit that is meant, or those that are not archived."""
        if self.habit:
            return [self.habit]
        return [habit for habit in self.habits if not habit.is_archived] or list(self.habits)

    @property
    def ids(self) -> list[UUID]:
        return [self.habit.pk] if self.habit else [habit.pk for habit in self.habits]

    @property
    def name(self) -> str:
        return self.habit.name if self.habit else ""

    @property
    def page(self) -> Route:
        return ["habits:habit", str(self.habit.pk)] if self.habit else ["analytics:insights"]

    @property
    def over(self) -> Period:
        return self.period or periods.always(self.day)

    @property
    def of_rhythm(self) -> Period:
        return self.period or periods.lately(RHYTHM, day=self.day)

    def says(self, text: str, value: Any, *evidence: str, habit: UserHabit | None = None) -> Answer:
        about = habit or self.habit
        page = ["habits:habit", str(about.pk)] if about else self.page
        category = about.habit.category.name_en if about else ""
        return Answer("answer", text, value, [Evidence(one, page) for one in evidence], category=category)

    def says_at(self, page: Route, text: str, value: Any, *evidence: str) -> Answer:
        """An answer whose numbers are shown on a page of their own."""
        return Answer("answer", text, value, [Evidence(one, page) for one in evidence])
