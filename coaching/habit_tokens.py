"""Tokens for the names of habits in stored messages, filled in when one is read.

    token(habit_id)                 "⟦habit:…⟧": what a stored text has in place of a name
    fill(text, names, language=…)   the text with names in place of its tokens, and the particles that fit them
    Names(user)                     the names as they are now, for `fill`

A renamed habit stands in old messages under its new name; one that was deleted leaves no name behind.
"""

import re
from collections.abc import Mapping
from functools import cached_property

from django.utils import translation

from accounts.models import User
from coaching.context import HABIT_TOKEN, Language, MessagePart
from core.josa import particle
from habits.models import UserHabit

_TOKEN = r"⟦habit:([^⟦⟧]{1,64})⟧"  # noqa: S105 - a placeholder
# Pairs of particles, each found by either of its forms or by both as they stand after an unknown sound: "은(는)".
_PAIRS = ("은/는", "이/가", "을/를", "과/와", "으로/로")
_BY_FORM = {
    form: pair for pair in _PAIRS for form in ["{}({})".format(*pair.split("/")), *pair.split("/")]
}  # fmt: skip
# A token, a closing quote, and a particle that no other syllable follows.
_NAMED = re.compile(rf"{_TOKEN}([’'\"”]?)(?:({'|'.join(map(re.escape, _BY_FORM))})(?![가-힣]))?")
_DELETED: dict[str, str] = {"ko": "지운 습관", "en": "a deleted habit"}


def token(habit_id: str) -> str:
    """What stands for the name of a habit in stored texts."""
    return f"⟦habit:{habit_id}⟧"


def with_id(text: str, habit_id: str) -> str:
    """The text with the token of a habit in place of the one that a provider reads and writes."""
    return text.replace(HABIT_TOKEN, token(habit_id))


def without_ids(text: str) -> str:
    """The text as a provider and the gate see it."""
    return re.sub(_TOKEN, HABIT_TOKEN, text)


def fill(text: str, names: Mapping[str, str], *, language: Language) -> str:
    """The text with names in place of its tokens; `names` by the habits' ids."""

    def named(found: re.Match[str]) -> str:
        name, quote, form = names.get(found[1], _DELETED[language]), found[2], found[3]
        return f"{name}{quote}{particle(name, _BY_FORM[form]) if form else ''}"

    return _NAMED.sub(named, text)


class Names:
    """The names of a person's habits as they are now, read when the first is needed."""

    def __init__(self, user: User, **known: Mapping[str, str]):
        """`known` are names that were read already, by language: `ko={"<id>": "명상"}`."""
        self.user = user
        self._by_language: dict[str, Mapping[str, str]] = dict(known)

    @cached_property
    def habits(self) -> dict[str, UserHabit]:
        """All habits of the person by their ids, archived ones too."""
        return {str(habit.pk): habit for habit in self.user.habits.for_today()}

    def has(self, part: MessagePart) -> bool:
        """Whether the habit that a fact or a step is about is there still, or it is about all."""
        return part.habit_id is None or part.habit_id in self.habits

    def of(self, habit_id: str) -> str:
        """In the active language."""
        return self.habits[habit_id].name

    def fill(self, text: str, *, language: Language) -> str:
        return fill(text, self._in(language), language=language) if "⟦" in text else text

    def _in(self, language: Language) -> Mapping[str, str]:
        if language not in self._by_language:
            with translation.override(language):
                self._by_language[language] = {key: habit.name for key, habit in self.habits.items()}
        return self._by_language[language]
