"""What waits for staff and how the service is, asked of the apps that know it.

An app registers a function in its `admin` module; the staff home (wellness/pages/staff_home.py) asks all of them:

    @work_queue.waiting("notifications.view_notificationdelivery")
    def dead_letters(now: dt.datetime) -> work_queue.Waiting | None: ...

Only people with the permission are shown the answer. None means that nothing waits. What each colleague has to do by
themselves is registered `of_user`, and the function is given the colleague, too.
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
        self._asked: list[tuple[str, bool, Callable[..., Answer | None]]] = []

    def __call__[Ask: Callable[..., Any]](self, permission: str, *, of_user: bool = False) -> Callable[[Ask], Ask]:
        """Registers a function. Without a permission every colleague sees its answer."""

        def register(ask: Ask) -> Ask:
            self._asked.append((permission, of_user, ask))
            return ask

        return register

    def answers(self, user: Any, now: dt.datetime) -> list[Answer]:
        """The answers that this colleague may see, in the order of registration."""
        asked = [entry for entry in self._asked if not entry[0] or user.has_perm(entry[0])]
        answered = ((ask, ask(now, user) if of_user else ask(now)) for _permission, of_user, ask in asked)
        return [_named(answer, ask) for ask, answer in answered if answer is not None]


def _named[Answer](answer: Answer, ask: Callable[..., Any]) -> Answer:
    if isinstance(answer, Waiting):
        return dataclasses.replace(answer, name=f"{ask.__module__}.{ask.__name__}")
    return answer


waiting: Registry[Waiting] = Registry()
conditions: Registry[Condition] = Registry()
