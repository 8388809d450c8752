"""What of a file is new to a person, and to which of their habits it belongs.

Every day that comes in has an id made of whose it is, of which habit of which app, and of which day: the same file again, or
the same with more days in it, adds only what is not there. A habit goes on where it went the last time, else where
the person has one of the same name. A day on which they have written something themselves stays as it is.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid5

from django.db.models import Q

from accounts.models import User
from habits import streak_cache
from habits.models import HabitLog, HabitLogEdit, HabitRest, UserHabit
from habits.streaks import rested_days
from habits.transfer.parse_result import Found, FoundHabit, Source

SPACE = UUID("5d0c3f3e-6a2f-4f43-9d1a-7c1b0f6a3f52")

type Deed = Literal["add", "away", "join", "leave"]


@dataclass
class Match:
    """`fresh` are the days to be written, by the id of each; `rests` the skipped days, likewise; `late` those that came in
    before without their notes, which waited for consent. `kept` days hold something that did not come from this file."""

    found: FoundHabit
    origin: str
    into: UserHabit | None
    # It came in before, and goes on.
    again: bool
    fresh: dict[dt.date, UUID]
    rests: dict[dt.date, UUID]
    late: dict[dt.date, UUID]
    kept: int

    @property
    def news(self) -> int:
        return len(self.fresh) + len(self.rests) + len(self.late)


def origin(source: Source, key: str) -> str:
    text = f"{source}:{key}"
    return text if len(text) <= 200 else f"{source}:{hashlib.sha256(key.encode()).hexdigest()}"


def match(user: User, found: Found) -> list[Match]:
    """In the order of the file. Locks nothing: whoever writes has locked the person."""
    mine = _Mine(user)
    # Who is known goes first, so that no namesake takes their place.
    known = [mine.known(habit, found.source) for habit in found.habits]
    return [mine.match(habit, one) for habit, one in zip(found.habits, known, strict=True)]


class _Known(NamedTuple):
    origin: str
    ids: dict[dt.date, UUID]
    into: UserHabit | None


class _Mine:
    """What the person has."""

    def __init__(self, user: User):
        self.user = user
        self.habits = {one.pk: one for one in user.habits.with_habit().defer("notes").order_by("sort_order", "id")}
        self.owners: dict[UUID, UUID] = {}
        self.taken: dict[UUID, set[dt.date]] = {pk: set() for pk in self.habits}
        self.bare: set[UUID] = set()
        says_nothing = Q(notes__isnull=True, mood_score=None, energy_level=None)
        logs = HabitLog.objects.filter(user_habit__in=list(self.habits)).annotate(bare=says_nothing)
        columns = logs.values_list("id", "user_habit_id", "local_date", "bare")
        for pk, user_habit_id, day, bare in columns.iterator(chunk_size=5000):
            self.owners[pk] = user_habit_id
            if day:
                self.taken[user_habit_id].add(day)
            if bare and user.shares_health:
                self.bare.add(pk)
        # What the person took away stays away, and what they changed stays as they said.
        edits = list(HabitLogEdit.objects.filter(user=user).values_list("log_id", "kind"))
        self.removed = {log_id for log_id, kind in edits if kind == HabitLogEdit.Kind.REMOVED}
        self.bare -= {log_id for log_id, _kind in edits}
        self.rests = list(user.rests.all())
        self.claimed: set[UUID] = set()

    def known(self, habit: FoundHabit, source: Source) -> _Known:
        """What it is called here, the ids of its days, and the habit that it became before."""
        its_origin = origin(source, habit.key)
        ids = self._ids(its_origin, habit.days)
        owners = Counter(self.owners[pk] for pk in ids.values() if pk in self.owners)
        key = habit.key.removeprefix("uuid:").replace("-", "")
        into = next((one for one in self.habits.values() if its_origin == one.origin or key == one.pk.hex), None)
        if into is None and owners:
            into = self.habits[owners.most_common(1)[0][0]]
        if into:
            self.claimed.add(into.pk)
        return _Known(its_origin, ids, into)

    def match(self, habit: FoundHabit, known: _Known) -> Match:
        its_origin, ids, into = known
        rests = self._ids(f"{its_origin}|rest", habit.rests)
        into = into or self._namesake(habit)
        taken = self.taken[into.pk] if into else set()
        fresh = {day: pk for day, pk in ids.items() if not (pk in self.owners or pk in self.removed or day in taken)}
        late = {day: pk for day, pk in ids.items() if pk in self.bare and habit.days[day].private}
        kept = sum(day in taken and pk not in self.owners for day, pk in ids.items())
        rested = _rested(self.rests, into, habit.rests)
        resting = {day: pk for day, pk in rests.items() if day not in taken and day not in rested}
        return Match(habit, its_origin, into, known.into is not None, fresh, resting, late, kept)

    def _ids(self, its_origin: str, days: Iterable[dt.date]) -> dict[dt.date, UUID]:
        return {day: uuid5(SPACE, f"{self.user.pk}|{its_origin}|{day.isoformat()}") for day in days}

    def _namesake(self, habit: FoundHabit) -> UserHabit | None:
        name = habit.name.casefold()
        free = (one for pk, one in self.habits.items() if pk not in self.claimed)
        found = next((one for one in free if one.name.casefold() == name), None)
        if found:
            self.claimed.add(found.pk)
        return found


def _rested(rests: list[HabitRest], into: UserHabit | None, days: set[dt.date]) -> set[dt.date]:
    """Which of these days the habit rests on already."""
    if into is None or not days:
        return set()
    return rested_days(streak_cache.days_of(rests, into), min(days), max(days))


def suggested(matched: list[Match], *, room: int | None, space: int) -> list[Deed]:
    """What to do with each unless the person says otherwise. `room` are the habits that the plan still takes, `space`
    those that can come at all."""
    deeds: list[Deed] = []
    for one in matched:
        if one.into:
            deeds.append("join")
            continue
        space -= 1
        if space < 0:
            deeds.append("leave")
        elif one.found.archived or room == 0:
            deeds.append("away")
        else:
            deeds.append("add")
            room = None if room is None else room - 1
    return deeds


def preview(matched: list[Match], deeds: list[Deed]) -> list[dict[str, Any]]:
    """What the page shows of each habit, as JSON."""
    return [
        {
            "name": one.found.name,
            **one.found.rule.to_json(),
            "days": len(one.found.days),
            "notes": one.found.notes,
            "rests": len(one.found.rests),
            "first": min(one.found.days).isoformat() if one.found.days else "",
            "last": max(one.found.days).isoformat() if one.found.days else "",
            "into": one.into.name if one.into else "",
            "again": one.again,
            "fresh": one.news,
            "kept": one.kept,
            "archived": one.found.archived,
            "do": deed,
        }
        for one, deed in zip(matched, deeds, strict=True)
    ]
