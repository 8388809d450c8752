"""What gamification asks packages above it, which register when they start (habits/apps.py).

records.register(source)        habits, whose record achievements are earned by
records.register_reactions(f)   coaching: when a person has reacted to messages

Everything that stores criteria calls `earnable` first: it checks them with the words that the record knows.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from accounts.models import User
from gamification import criteria, reachability
from gamification.criteria import Criterion, Progress
from gamification.reachability import Known
from gamification.replays import Act


@dataclass(frozen=True)
class Vocabulary:
    """The words that criteria may ask for, with their names in the active language."""

    categories: Mapping[str, str] = field(default_factory=dict)
    weathers: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> Known:
        return Known(list(self.categories), list(self.weathers))


class RecordSource(Protocol):
    def vocabulary(self) -> Vocabulary: ...

    def facts(self, user: User, *, now: dt.datetime) -> list[Progress]:
        """The facts of each habit that the person does now, without counters."""

    def acts(self, users: Iterable[User], *, now: dt.datetime) -> Iterator[tuple[User, Iterator[Act]]]:
        """Everything that each of these people did, in order; of a few people at a time in memory."""


_sources: list[RecordSource] = []
_reactions: list[Callable[[UUID], list[dt.datetime]]] = []


def register(source: RecordSource) -> None:
    _sources[:] = [source]


def register_reactions(times: Callable[[UUID], list[dt.datetime]]) -> None:
    _reactions[:] = [times]


def source() -> RecordSource:
    [found] = _sources
    return found


def reaction_times(user_id: UUID) -> list[dt.datetime]:
    """When the person reacted to each message that has a reaction now."""
    return [at for times in _reactions for at in times(user_id)]


def reactions_of(user_id: UUID) -> int:
    return len(reaction_times(user_id))


def earnable(value: object) -> Criterion:
    """The criterion of a `criteria` column, if some history earns it.

    Raises CriteriaError, and Unreachable with a text for staff.
    """
    criterion = criteria.parse(value)
    reachability.construct(criterion, known=source().vocabulary().known)
    return criterion
