"""What waits for staff and how the service is, asked of the apps that know it.

An app registers a function in its `admin` module; the staff home (wellness/pages/staff_home.py) asks all of them:

    @work_queue.waiting("notifications.view_notificationdelivery")
    def dead_letters(now: dt.datetime) -> work_queue.Waiting | None: ...

Only people with the permission are shown the answer. None means that nothing waits.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

from core.text_format import Text


@dataclasses.dataclass(frozen=True)
class Waiting:
    """Work for a person.

    `since`: when the oldest part of it began to wait, None where the data does not tell.
    """

    title: Text
    url: str = ""
    since: dt.datetime | None = None
    icon: str = "inbox"
    # Something is broken, and not merely undone.
    is_failure: bool = False
    # Of its function; the registry sets it.
    name: str = ""


@dataclasses.dataclass(frozen=True)
class Condition:
    """How one part of the service is."""

    name: Text
    text: Text
    is_good: bool


class Registry[Answer: (Waiting, Condition)]:
    """Functions that answer with one `Answer` each, by the permission that opens it."""

    def __init__(self) -> None:
        self._asked: list[tuple[str, Callable[[dt.datetime], Answer | None]]] = []

    def __call__[Ask: Callable[[dt.datetime], Any]](self, permission: str) -> Callable[[Ask], Ask]:
        """Registers a function. Without a permission every colleague sees its answer."""

        def register(ask: Ask) -> Ask:
            self._asked.append((permission, ask))
            return ask

        return register

    def answers(self, user: Any, now: dt.datetime) -> list[Answer]:
        """The answers that this colleague may see, in the order of registration."""
        asked = [ask for permission, ask in self._asked if not permission or user.has_perm(permission)]
        return [_named(answer, ask) for ask in asked if (answer := ask(now)) is not None]


def _named[Answer](answer: Answer, ask: Callable[..., Any]) -> Answer:
    if isinstance(answer, Waiting):
        return dataclasses.replace(answer, name=f"{ask.__module__}.{ask.__name__}")
    return answer


waiting: Registry[Waiting] = Registry()
conditions: Registry[Condition] = Registry()
