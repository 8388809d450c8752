"""What Today draws many of, by the macros of templates/habits/today.jinja; `habits.templatetags.rows` gives them to pages."""

from typing import Any

from markupsafe import Markup

from core.jinja import macros
from habits.pages.today import Row


def today_macros() -> Any:
    """The macros."""
    return macros("habits/today.jinja")


def check_in_answer(*, row: Row, toast: dict[str, Any] | None, unlocked: list[dict[str, Any]]) -> Markup:
    """What answers a tap: the row and the toast. The rest of the page asks for itself once the taps have paused."""
    return today_macros().rows([row], "") + macros("_components/toast.jinja").toasts(toast, unlocked)
