"""What a message is written from: facts, next step and day; stored with it, sealed.

It has no name or address of the person and no text of theirs. Names of habits are tokens, in the sentences that are kept
(`text`, coaching/habit_tokens.py) as in those that templates and providers get (`HABIT_TOKEN`, coaching/composition.py).
"""

import datetime as dt
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

type Language = Literal["ko", "en"]
type Value = int | float | str
# A route and its arguments: ["habits:habit", "<id>"].
type Route = list[str]

# Stands for the habit's name in everything that a provider reads and writes. The name is put in afterwards.
HABIT_TOKEN = "⟦habit⟧"  # noqa: S105 - a placeholder

# The reason of a weekly letter.
OF_LETTER = "week"

# Kinds that say how long the same run is: told once for each length, whichever of them tells it.
_RUNS = frozenset({"streak", "longest_now", "near"})
# Kinds that stay true for weeks while their numbers move: told once, whatever the numbers.
_STANDING = frozenset({"age", "away", "best", "comeback", "good_weekday", "hard_weekday", "hour"})


class _Typed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MessagePart(_Typed):
    """What a fact and a next step share."""

    # As in content/sentences.toml: "week", "once".
    kind: str
    # The habit it is about; None if it is about all.
    habit_id: str | None = None
    # All numbers and words of its sentence. A value that is not known is left out, never 0.
    params: dict[str, Value] = {}
    # As the person reads it, with the token of the habit in place of its name.
    text: str = ""


class Fact(MessagePart):
    """One checked fact of the record."""

    # The page that shows where it comes from.
    evidence: Route

    @property
    def key(self) -> str:
        """The same for facts that say the same; such a fact is not repeated within two weeks."""
        if self.kind in _RUNS:
            return f"run:{self.habit_id or ''}:{self.params['length']}"
        if self.kind in _STANDING:
            return self.topic
        values = ",".join(f"{name}={self.params[name]}" for name in sorted(self.params))
        return f"{self.kind}:{self.habit_id or ''}:{values}"

    @property
    def topic(self) -> str:
        """The same for facts of one kind about one habit, whatever the numbers."""
        return f"{self.kind}:{self.habit_id or ''}"


class NextStep(MessagePart):
    """One concrete thing to do, with the page on which it is done."""

    to: Route


class Context(_Typed):
    """The typed context of one message."""

    language: Language
    # The person's day, its weekday in their language, and their zone: taken again for each message.
    date: dt.date
    weekday: str
    zone: str
    message_type: str
    # Why this type was chosen, as a code: "milestone", "at_risk", "too_easy", "pattern", OF_LETTER, …
    reason: str
    category: str = ""
    # The catalogue's name of the habit; "" for a name that the person wrote, unless they let the coach read notes.
    habit_name_shared: str = ""
    facts: Annotated[list[Fact], Field(min_length=1)]
    step: NextStep
    # The wordings: of the facts, of what stands between them and the step, and of the step (composition.turns).
    turn: int = 0
    between_turn: int | None = None
    step_turn: int | None = None

    @property
    def turns(self) -> tuple[int, int, int]:
        """All three wordings; those that were not chosen apart are that of the facts."""
        between, step = self.between_turn, self.step_turn
        return self.turn, self.turn if between is None else between, self.turn if step is None else step

    @property
    def parts(self) -> list[MessagePart]:
        """The facts and the step."""
        return [*self.facts, self.step]

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Raises pydantic's ValidationError."""
        return cls.model_validate(value)
