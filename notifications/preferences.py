"""A person's notification choices: a typed view on `users.notification_settings`.

preferences = of(user)                  current choices; an invalid value counts as the default
save(user, preferences)                 other keys in the same column are kept
"""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator

from accounts.models import User
from notifications import channels
from notifications.channels.base import Switch

MOST_PER_DAY = 50
_PAIR = {"quiet_from", "quiet_until"}

if TYPE_CHECKING:
    ChannelSwitches = BaseModel
else:
    # One field for each switch that the channels declare: `push`, `email`.
    _switches = {switch.key: (bool, switch.default) for switch in channels.switches()}
    ChannelSwitches = create_model("ChannelSwitches", **_switches)


def is_between(clock: dt.time, begin: dt.time, end: dt.time) -> bool:
    """Whether `clock` is in the hours from `begin` to before `end`, which may pass midnight."""
    return begin <= clock < end if begin < end else clock >= begin or clock < end


class Preferences(ChannelSwitches):
    """Raises pydantic's ValidationError for an invalid value; unknown keys are kept."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=False)

    # One switch for each type of notification.
    habit_reminder: bool = True
    achievement: bool = True
    coaching: bool = True
    cheer: bool = True
    system: bool = True
    # On the person's clock; past midnight when the end is the earlier one. Both or neither.
    quiet_from: dt.time | None = None
    quiet_until: dt.time | None = None
    most_per_day: Annotated[int, Field(ge=1, le=MOST_PER_DAY)] = 10

    @model_validator(mode="after")
    def _both_ends(self) -> "Preferences":
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours have a start and an end")
        return self

    def wants(self, notification_type: str) -> bool:
        """Whether this type is on. Types without a switch always are."""
        return bool(getattr(self, notification_type, True))

    def allows(self, switch: Switch) -> bool:
        return bool(getattr(self, switch.key))

    def is_quiet(self, clock: dt.time) -> bool:
        """Whether quiet hours cover this time of the person's day."""
        return self.quiet is not None and is_between(clock, *self.quiet)

    @property
    def quiet(self) -> tuple[dt.time, dt.time] | None:
        if self.quiet_from is None or self.quiet_until is None or self.quiet_from == self.quiet_until:
            return None
        return self.quiet_from, self.quiet_until


def of(user: User) -> Preferences:
    """Drops invalid values one by one, so that they do not affect the person's other choices."""
    stored: dict[str, Any] = dict(user.notification_settings) if isinstance(user.notification_settings, dict) else {}
    while True:
        try:
            return Preferences.model_validate(stored)
        except ValidationError as error:
            # An error without a key is about the pair of quiet hours.
            for name in {str(entry["loc"][0]) for entry in error.errors() if entry["loc"]} or _PAIR:
                stored.pop(name, None)


def save(user: User, preferences: Preferences) -> None:
    user.notification_settings = preferences.model_dump(mode="json")
    user.save(update_fields=["notification_settings"])
