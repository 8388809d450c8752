"""Reasons to stay silent that other packages know.

For example, after words of crisis nothing nudges for a day, and no page speaks of streaks. The pages do not say why.

holds.register(lambda user, at: …)     in the app's `ready`
"""

import datetime as dt
from collections.abc import Callable

from accounts.models import User

type Hold = Callable[[User, dt.datetime], bool]

_HOLDS: list[Hold] = []


def register(hold: Hold) -> None:
    """Adds a question that is asked right before anything is written or sent."""
    if hold not in _HOLDS:
        _HOLDS.append(hold)


def is_held(user: User, at: dt.datetime) -> bool:
    """Whether nothing that nudges may be sent to this person, and no streak shown to them, now."""
    return any(hold(user, at) for hold in _HOLDS)
