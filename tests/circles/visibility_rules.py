"""What everybody in a circle may see, from the rules alone: slow, obvious, and without the service.

A `CircleRecord` holds what people did and nothing that follows from it. Each question goes through all of it again.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

DAY = dt.timedelta(days=1)
# How long after it a cheer may still be told.
TOLD_FOR = dt.timedelta(days=1)
# With this habit people can keep a streak together: it is of the same template for all.
TOGETHER = 0

type Name = tuple[int, int]  # the numbers of a person and of one of their habits


def nickname(person: int) -> str:
    return f"별명{'가나다라'[person]}"


def habit_name(name: Name) -> str:
    return f"습관{'가나다라'[name[0]]}{'마바'[name[1]]}"


@dataclass(frozen=True)
class RuleRecord:
    """What a habit asks for: on which weekdays, how much, by the day or by the week, at least or at most."""

    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    amount: int = 1
    by_week: bool = False
    reduces: bool = False


@dataclass
class HabitRecord:
    """A habit since the beginning. `away_since`: paused or archived."""

    rules: list[tuple[dt.date, RuleRecord]] = field(default_factory=lambda: [(dt.date.min, RuleRecord())])
    amounts: Counter[dt.date] = field(default_factory=Counter)
    rested: set[dt.date] = field(default_factory=set)
    away_since: dt.date | None = None
    is_private: bool = False
    is_removed: bool = False
    shared_on: dt.date | None = None
    kept_on: dt.date | None = None

    def rule_on(self, day: dt.date) -> RuleRecord:
        return [rule for first, rule in self.rules if first <= day][-1]

    @property
    def rule(self) -> RuleRecord:
        return self.rules[-1][1]

    def may_be_shared(self) -> bool:
        return not (self.is_removed or self.is_private or self.away_since or self.rule.reduces)

    def is_done(self, day: dt.date) -> bool:
        rule = self.rule_on(day)
        return not rule.reduces and self.amounts[day] >= rule.amount

    def rests(self, day: dt.date) -> bool:
        return day in self.rested or (self.away_since is not None and self.away_since <= day)

    def asks(self, day: dt.date) -> bool:
        """Whether the day asks for it: a streak kept together and the board count these."""
        rule = self.rule_on(day)
        return not (rule.by_week or rule.reduces or self.rests(day)) and day.isoweekday() in rule.weekdays

    def state(self, day: dt.date) -> str:
        """How a ring shows the day."""
        if self.is_done(day):
            return "done"
        if self.rests(day) or day.isoweekday() not in self.rule_on(day).weekdays:
            return "rest"
        return "part" if self.amounts[day] else "open"


@dataclass
class MemberRecord:
    """A person. `is_gone`: has asked for the deletion of the account; `is_erased`: it is deleted."""

    zone: str
    is_member: bool = True
    is_gone: bool = False
    is_erased: bool = False
    has_agreed: bool = False

    @property
    def is_there(self) -> bool:
        return self.is_member and not self.is_gone


@dataclass
class CheerRecord:
    """A cheer for a habit. `is_due`: not yet handed to what sends; `is_late`: it came too late and is shown nowhere."""

    sender: int
    habit: Name
    day: dt.date
    at: dt.datetime
    is_due: bool = True
    is_late: bool = False

    @property
    def told(self) -> tuple[str, str]:
        return nickname(self.sender), habit_name(self.habit)


@dataclass
class CircleRecord:
    now: dt.datetime
    people: list[MemberRecord]
    habits: dict[Name, HabitRecord]
    # (who blocked, whom)
    blocks: set[tuple[int, int]] = field(default_factory=set)
    cheers: list[CheerRecord] = field(default_factory=list)

    # What people did, where it ends something.

    def unshare(self, name: Name) -> None:
        """With the part in a streak and the cheers for it."""
        self.habits[name].shared_on = self.habits[name].kept_on = None
        self.cheers = [cheer for cheer in self.cheers if cheer.habit != name]

    def leave(self, person: int) -> None:
        self.people[person].is_member = self.people[person].has_agreed = False
        for name in self.habits_of(person):
            self.unshare(name)
        self.take_back(person)

    def take_back(self, person: int) -> None:
        self.cheers = [cheer for cheer in self.cheers if cheer.sender != person]

    def block(self, one: int, other: int) -> None:
        self.blocks.add((one, other))
        pair = {one, other}
        self.cheers = [cheer for cheer in self.cheers if {cheer.sender, cheer.habit[0]} != pair]

    def remove(self, name: Name) -> None:
        self.unshare(name)
        self.habits[name].is_removed = True

    def erase(self, person: int) -> None:
        self.leave(person)
        for name in self.habits_of(person):
            self.remove(name)
        self.blocks = {pair for pair in self.blocks if person not in pair}
        self.people[person].is_erased = True

    # What is so.

    def today(self, person: int) -> dt.date:
        return self.now.astimezone(ZoneInfo(self.people[person].zone)).date()

    def habits_of(self, person: int) -> list[Name]:
        return [name for name in self.habits if name[0] == person]

    def there(self) -> list[int]:
        return [person for person, one in enumerate(self.people) if one.is_there]

    def are_apart(self, one: int, other: int) -> bool:
        return (one, other) in self.blocks or (other, one) in self.blocks

    def sees(self, viewer: int, other: int) -> bool:
        both = self.people[viewer].is_there and self.people[other].is_there
        return both and viewer != other and not self.are_apart(viewer, other)

    def is_shown(self, name: Name) -> bool:
        """Whether those who see its person see the habit: from the day on which it was shared."""
        habit = self.habits[name]
        has_begun = habit.shared_on is not None and habit.shared_on <= self.today(name[0])
        return has_begun and habit.may_be_shared() and self.people[name[0]].is_there

    # What the viewer may see.

    def friends(self, viewer: int) -> dict[str, dict[str, tuple[str, bool]]]:
        """Each other person's shown habits: how their present day is, and whether the viewer has cheered it."""
        return {
            nickname(person): {
                habit_name(name): (
                    self.habits[name].state(self.today(person)),
                    any(
                        (cheer.sender, cheer.habit, cheer.day) == (viewer, name, self.today(person))
                        for cheer in self.cheers
                    ),
                )
                for name in self.habits_of(person)
                if self.is_shown(name)
            }
            for person in range(len(self.people))
            if self.sees(viewer, person)
        }

    def received(self, viewer: int) -> list[tuple[str, str]]:
        """The cheers of the viewer's present day."""
        mine = [cheer for cheer in self.cheers if cheer.habit[0] == viewer and cheer.day == self.today(viewer)]
        return sorted(cheer.told for cheer in mine if self.sees(viewer, cheer.sender))

    def together(self, viewer: int) -> dict[int, tuple[set[dt.date], set[dt.date]]]:
        """The days that asked and those done, since they take part, of all whom the viewer keeps a streak with."""
        found = {}
        for person in range(len(self.people)):
            habit, name = self.habits[person, TOGETHER], (person, TOGETHER)
            if habit.kept_on and self.is_shown(name) and (person == viewer or self.sees(viewer, person)):
                days = _days(habit.kept_on, self.today(person))
                found[person] = {day for day in days if habit.asks(day)}, {day for day in days if habit.is_done(day)}
        return found if viewer in found and len(found) > 1 else {}

    def board(self, viewer: int) -> dict[str, tuple[int, int]] | None:
        """How many days of their week each has done, of those that asked; None where there may be no board."""
        on_it = [person for person in self.there() if person == viewer or self.sees(viewer, person)]
        if viewer not in on_it or len(on_it) < 2 or not all(self.people[one].has_agreed for one in self.there()):
            return None
        return {nickname(person): self._week(person) for person in on_it}

    def _week(self, person: int) -> tuple[int, int]:
        """Monday to Sunday of their own; today asks once it is done."""
        today = self.today(person)
        asked, done = 0, 0
        for habit in [self.habits[name] for name in self.habits_of(person) if self.is_shown(name)]:
            assert habit.shared_on
            for day in _days(max(habit.shared_on, today - today.weekday() * DAY), today):
                if habit.asks(day) and (day < today or habit.is_done(day)):
                    asked, done = asked + 1, done + habit.is_done(day)
        return done, asked

    # What may be told.

    def may_be_told(self, cheer: CheerRecord) -> bool:
        """Whether a message may speak of it now: to somebody who is there, of somebody whom they see, within a day."""
        return self.sees(cheer.habit[0], cheer.sender) and self.now < cheer.at + TOLD_FOR

    def inbox(self, viewer: int) -> set[tuple[str, str]]:
        """The cheers that came and were not taken back."""
        mine = [cheer for cheer in self.cheers if cheer.habit[0] == viewer and not cheer.is_due and not cheer.is_late]
        return {cheer.told for cheer in mine}


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + n * DAY for n in range((last - first).days + 1)]
