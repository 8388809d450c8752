"""Fragments drawn by the macros of templates/habits/today.jinja."""

from typing import Any

from markupsafe import Markup

from core.jinja import macros
from habits.pages.today import Row


def today_macros() -> Any:
    return macros("habits/today.jinja")


def check_in_answer(*, row: Row, toast: dict[str, Any] | None, unlocked: list[dict[str, Any]]) -> Markup:
    """The row and the toast. The rest of the page reloads itself once the taps have paused."""
    return today_macros().rows([row], "") + macros("_components/toast.jinja").toasts(toast, unlocked)
