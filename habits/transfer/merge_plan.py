"""Matches the habits of a file with a person's habits, and finds the days that are new.

Each imported day has an id made of the person, the app, the habit's key there, and the day. So the same file again, or a
later one with more days, adds only what is missing. A habit continues where it was imported before, else in the person's
habit of the same name. A day on which the person has a check-in of their own stays as it is.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid5

from django.db.models import Q

from accounts.days import ONE_DAY
from accounts.models import User
from habits import streak_cache
from habits.models import HabitLog, HabitLogEdit, HabitRest, UserHabit
from habits.streaks import rested_days
from habits.transfer.parsed_file import ParsedFile, ParsedHabit

SPACE = UUID("5d0c3f3e-6a2f-4f43-9d1a-7c1b0f6a3f52")

type ImportAction = Literal["add", "away", "join", "leave"]


@dataclass
class HabitMatch:
    """A habit of the file and where it goes.

    `fresh` are the days to write, with their ids, `rests` likewise the skipped days. `late` are days imported before without
    their notes, which needed consent; `lacks_description` says the same of the habit. `kept` is the number of days that hold
    something from elsewhere.
    """

    parsed: ParsedHabit
    origin: str
    into: UserHabit | None
    # It was imported before and continues.
    again: bool
    fresh: dict[dt.date, UUID]
    rests: dict[dt.date, UUID]
    late: dict[dt.date, UUID]
    kept: int
    lacks_description: bool
    # The first day that is still unknown, where an earlier import paused days of which this file knows; and their number.
    unknown_from: dt.date | None = None
    explained: int = 0

    @property
    def news(self) -> int:
        return len(self.fresh) + len(self.rests) + len(self.late) + self.explained + self.lacks_description


def origin(source: str, key: str) -> str:
    text = f"{source}:{key}"
    return text if len(text) <= 200 else f"{source}:{hashlib.sha256(key.encode()).hexdigest()}"


def match(user: User, parsed: ParsedFile) -> list[HabitMatch]:
    """A match for each habit, in the order of the file.

    Locks nothing: before writing, the caller locks the person.
    """
    record = _PersonRecord(user)
    # Habits imported before come first, so that no other habit of the same name takes their place.
    identities = [record.identify(habit, parsed.source) for habit in parsed.habits]
    matches = [record.match(habit, one) for habit, one in zip(parsed.habits, identities, strict=True)]
    for one in matches:
        record.explain(one, parsed)
    return matches


def unknown_days_id(user_habit_id: UUID) -> UUID:
    """The id of the rest over the days of which no imported file knows anything."""
    return uuid5(SPACE, f"{user_habit_id}|unknown")


class _Identity(NamedTuple):
    """A habit's origin, the ids of its days, and the habit as which it was imported before."""

    origin: str
    ids: dict[dt.date, UUID]
    into: UserHabit | None


class _PersonRecord:
    """The person's habits, days and rests."""

    def __init__(self, user: User):
        self.user = user
        self.habits = {one.pk: one for one in user.habits.with_habit().defer("notes").order_by("sort_order", "id")}
        self.owners: dict[UUID, UUID] = {}
        # Amounts by day.
        self.taken: dict[UUID, Counter[dt.date]] = {pk: Counter() for pk in self.habits}
        self.bare: set[UUID] = set()
        has_no_details = Q(notes__isnull=True, mood_score=None, energy_level=None, location__isnull=True)
        logs = HabitLog.objects.filter(user_habit__in=list(self.habits)).annotate(bare=has_no_details)
        columns = logs.values_list("id", "user_habit_id", "local_date", "completed_count", "bare")
        for pk, user_habit_id, day, amount, bare in columns.iterator(chunk_size=5000):
            self.owners[pk] = user_habit_id
            if day:
                self.taken[user_habit_id][day] += amount
            if bare and user.shares_health:
                self.bare.add(pk)
        # Removed check-ins stay removed, and corrected ones stay as corrected.
        edits = list(HabitLogEdit.objects.filter(user=user).values_list("log_id", "kind"))
        self.removed = {log_id for log_id, kind in edits if kind == HabitLogEdit.Kind.REMOVED}
        self.bare -= {log_id for log_id, _kind in edits}
        self.rests = list(user.rests.all())
        self.claimed: set[UUID] = set()

    def identify(self, habit: ParsedHabit, source: str) -> _Identity:
        its_origin = origin(source, habit.key)
        ids = self._ids(its_origin, habit.days)
        owners = Counter(self.owners[pk] for pk in ids.values() if pk in self.owners)
        key = habit.key.removeprefix("uuid:").replace("-", "")
        into = next((one for one in self.habits.values() if its_origin == one.origin or key == one.pk.hex), None)
        if into is None and owners:
            into = self.habits[owners.most_common(1)[0][0]]
        if into:
            self.claimed.add(into.pk)
        return _Identity(its_origin, ids, into)

    def match(self, habit: ParsedHabit, identity: _Identity) -> HabitMatch:
        its_origin, ids, into = identity
        rests = self._ids(f"{its_origin}|rest", habit.rests)
        into = into or self._same_name(habit)
        taken = self.taken[into.pk] if into else Counter()
        fresh = {day: pk for day, pk in ids.items() if not (pk in self.owners or pk in self.removed or day in taken)}
        private = {day for day in ids if any(one.is_private for one in habit.check_ins_on(day))}
        late = {day: pk for day, pk in ids.items() if pk in self.bare and day in private}
        kept = sum(day in taken and pk not in self.owners for day, pk in ids.items())
        rested = _rested_days(self.rests, into, habit.rests)
        reached = _days_reached(into, taken)
        new_rests = {day: pk for day, pk in rests.items() if day not in reached and day not in rested}
        again = identity.into is not None
        described = again and self.user.shares_health and self._lacks_description(habit, into)
        return HabitMatch(habit, its_origin, into, again, fresh, new_rests, late, kept, described)

    def _lacks_description(self, habit: ParsedHabit, into: UserHabit | None) -> bool:
        own = into is not None and into.habit.owner_id == self.user.pk
        return bool(own and into and habit.description and not into.habit.own_description)

    def explain(self, match: HabitMatch, parsed: ParsedFile) -> None:
        """Finds the paused days of an earlier import that this file knows."""
        into, last = match.into, match.parsed.last_on
        if into is None:
            return
        if into.is_active and into.direction == "at_most":
            last = parsed.known_until
        rest = next((rest for rest in self.rests if rest.pk == unknown_days_id(into.pk)), None)
        if rest and last and rest.starts_on < min(last + ONE_DAY, parsed.today):
            match.unknown_from = min(last + ONE_DAY, parsed.today)
            explained_until = min(match.unknown_from, (rest.ends_on or parsed.today) + ONE_DAY)
            match.explained = (explained_until - rest.starts_on).days

    def _ids(self, its_origin: str, days: Iterable[dt.date]) -> dict[dt.date, UUID]:
        return {day: uuid5(SPACE, f"{self.user.pk}|{its_origin}|{day.isoformat()}") for day in days}

    def _same_name(self, habit: ParsedHabit) -> UserHabit | None:
        name = habit.name.casefold()
        free = (one for pk, one in self.habits.items() if pk not in self.claimed)
        match = next((one for one in free if one.name.casefold() == name), None)
        if match:
            self.claimed.add(match.pk)
        return match


def _rested_days(rests: list[HabitRest], into: UserHabit | None, days: set[dt.date]) -> set[dt.date]:
    """The days among these on which the habit rests already."""
    if into is None or not days:
        return set()
    return rested_days(streak_cache.days_of(rests, into), min(days), max(days))


def _days_reached(into: UserHabit | None, amounts: dict[dt.date, int]) -> set[dt.date]:
    """The days that reached an at-least target."""
    if into is None:
        return set()
    timeline = into.timeline
    return {day for day, amount in amounts.items() if timeline.on(day).completes(amount)}


def suggest_actions(matches: list[HabitMatch], *, plan_room: int | None, room: int) -> list[ImportAction]:
    """The default action for each habit.

    `plan_room` is how many more active habits the plan allows, `room` how many more habits a person may have at all.
    """
    actions: list[ImportAction] = []
    for one in matches:
        if one.into:
            actions.append("join")
            continue
        room -= 1
        if room < 0:
            actions.append("leave")
        elif one.parsed.archived or plan_room == 0:
            actions.append("away")
        else:
            actions.append("add")
            plan_room = None if plan_room is None else plan_room - 1
    return actions


def preview(matches: list[HabitMatch], actions: list[ImportAction]) -> list[dict[str, Any]]:
    """A summary of each habit for the page, as JSON."""
    return [
        {
            "name": one.parsed.name,
            **one.parsed.rule.to_json(),
            "days": len(one.parsed.days),
            "notes": one.parsed.notes,
            "private": one.parsed.private_check_ins,
            "described": bool(one.parsed.description),
            "rests": len(one.parsed.rests),
            "first": min(one.parsed.days).isoformat() if one.parsed.days else "",
            "last": max(one.parsed.days).isoformat() if one.parsed.days else "",
            "into": one.into.name if one.into else "",
            "again": one.again,
            "fresh": one.news,
            "kept": one.kept,
            "archived": one.parsed.archived,
            "changes": sorted(one.parsed.changes),
            "do": action,
        }
        for one, action in zip(matches, actions, strict=True)
    ]
