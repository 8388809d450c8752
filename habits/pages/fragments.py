"""Fragments drawn by the macros of templates/habits/*.jinja."""

from typing import Any

from markupsafe import Markup

from core.jinja import macros
from habits.pages.today_rows import Row
from notifications.pages import bell


def today_macros() -> Any:
    return macros("habits/today.jinja")


def habit_macros() -> Any:
    return macros("habits/habit.jinja")


def catalogue_macros() -> Any:
    return macros("habits/catalogue.jinja")


def check_in_answer(
    *, row: Row, toast: dict[str, Any] | None, unlocked: list[dict[str, Any]], around: dict[str, Any] | None = None
) -> Markup:
    """The row and the toast; with `around` also the ring, the sums and the bell, out of band."""
    answer: Markup = today_macros().rows([row], "") + macros("_components/toast.jinja").toasts(toast, unlocked)
    return answer + around_answer(**around) if around else answer


def around_answer(
    *, ring: dict[str, Any], groups: list[dict[str, Any]], day: dict[str, Any], bell_text: str, at: int
) -> Markup:
    return today_macros().around(ring, groups, day, at) + bell.html_out_of_band(bell_text)
