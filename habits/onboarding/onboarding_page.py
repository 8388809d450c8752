"""Contexts of the three pages of the first steps."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from habits.models import Habit, HabitCategory, PartOfDay
from habits.onboarding import starters
from habits.onboarding.forms import TimeForm
from habits.onboarding.starters import MOST, Starter
from habits.schedules import Rule
from notifications.channels import web_push

STEPS = 3


def wishes_page(wished: Sequence[str]) -> dict[str, Any]:
    categories = HabitCategory.objects.filter(is_active=True).order_by("sort_order", "name")
    return _step(1) | {
        "action_url": reverse("habits:start-habits"),
        "categories": [
            {
                "key": one.name_en,
                "name": str(one),
                "icon": one.icon,
                "text": _examples(one),
                "chosen": one.name_en in wished,
            }
            for one in categories
        ],
    }


def _examples(category: HabitCategory) -> str:
    """A few words of what the category holds, from its description."""
    return category.text("description")


def habits_page(
    wished: Sequence[str], *, too_many: bool = False, none_chosen: bool = False, chosen: Sequence[Starter] = ()
) -> dict[str, Any]:
    """Starter habits, the first three chosen unless the person chose before, or chose none."""
    offered = starters.offer(wished)
    first = [] if none_chosen else [habit.pk for habit in offered[:MOST]]
    ids = [one.habit_id for one in chosen] or first
    parts = {one.habit_id: one.part_of_day for one in chosen}
    return _step(2) | {
        "action_url": reverse("habits:start-time"),
        "back_url": _address("habits:start", [("wish", wish) for wish in wished]),
        "wished": wished,
        "most": MOST,
        "too_many": too_many,
        "none_chosen": none_chosen,
        "items": [
            _item(habit, chosen=habit.pk in ids, part=parts.get(habit.pk, habit.default_part_of_day))
            for habit in offered
        ],
    }


def _item(habit: Habit, *, chosen: bool, part: str) -> dict[str, Any]:
    rule = Rule.of_template(habit, begins_on=habit.created_at.date(), unit=habit.text("default_unit"))
    minutes = habit.estimated_time_minutes
    return {
        "id": habit.pk,
        "name": habit.text("name"),
        "icon": habit.icon or habit.category.icon,
        "cat": habit.category.name_en,
        "facts": [str(rule.schedule), _("%(n)d분") % {"n": minutes} if minutes else ""],
        "chosen": chosen,
        "parts": [{"value": value, "text": text, "chosen": value == part} for value, text in PartOfDay.choices],
    }


def time_page(chosen: Sequence[Starter], form: TimeForm, *, wished: Sequence[str], full: str = "") -> dict[str, Any]:
    """The time to be reminded; `full` says why the habits could not be added."""
    return _step(3) | {
        "form": form,
        "full": full,
        "chosen": chosen,
        "back_url": _address("habits:start-habits", [("wish", wish) for wish in wished]),
        "row": {"vapid_key": web_push.public_key()},
    }


def _address(route: str, query: list[tuple[str, str]]) -> str:
    return f"{reverse(route)}?{urlencode(query)}" if query else reverse(route)


def _step(number: int) -> dict[str, Any]:
    return {
        "dots": [step <= number for step in range(1, STEPS + 1)],
        "step_text": _("%(all)d걸음 중 %(n)d걸음") % {"all": STEPS, "n": number},
        "skip_url": reverse("habits:today"),
    }
