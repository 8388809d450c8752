"""What a person chose about notifications: a typed view on `users.notification_settings`.

preferences = of(user)                  what holds now; what cannot be read counts as never chosen
save(user, preferences)                 keys of others in the same column stay as they are
"""

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from accounts.models import User

MOST_PER_DAY = 50
_PAIR = {"quiet_from", "quiet_until"}


class Preferences(BaseModel):
    """Raises pydantic's ValidationError for a value that is not one; keys it does not know are kept."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=False)

    # One switch for each type of notification.
    habit_reminder: bool = True
    achievement: bool = True
    coaching: bool = True
    system: bool = True
    # Where to, besides the inbox.
    push: bool = True
    email: bool = False
    # On the person's clock; over midnight when the end is the earlier one. Both or neither.
    quiet_from: dt.time | None = None
    quiet_until: dt.time | None = None
    most_per_day: Annotated[int, Field(ge=1, le=MOST_PER_DAY)] = 10

    @model_validator(mode="after")
    def _both_ends(self) -> "Preferences":
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours have a start and an end")
        return self

    def wants(self, notification_type: str) -> bool:
        """Types that have no switch are wanted."""
        return bool(getattr(self, notification_type, True))

    @property
    def quiet(self) -> tuple[dt.time, dt.time] | None:
        if self.quiet_from is None or self.quiet_until is None or self.quiet_from == self.quiet_until:
            return None
        return self.quiet_from, self.quiet_until


def of(user: User) -> Preferences:
    """A value that somebody wrote wrongly must not keep a person from their other choices."""
    stored: dict[str, Any] = dict(user.notification_settings) if isinstance(user.notification_settings, dict) else {}
    while True:
        try:
            return Preferences.model_validate(stored)
        except ValidationError as error:
            # What is wrong with no single key is wrong with the pair.
            for name in {str(entry["loc"][0]) for entry in error.errors() if entry["loc"]} or _PAIR:
                stored.pop(name, None)


def save(user: User, preferences: Preferences) -> None:
    user.notification_settings = preferences.model_dump(mode="json")
    user.save(update_fields=["notification_settings"])
