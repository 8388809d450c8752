"""The order of the catalogue: of the categories, and of the templates within a category."""

from uuid import UUID

from django.db import transaction

from habits.models import Habit, HabitCategory

# Between two places, so that one more row fits in by hand.
STEP = 10


@transaction.atomic
def move(row: HabitCategory | Habit, *, by: int) -> tuple[int, int]:
    """Moves a category, or a template within its category, up (-1) or down (1).

    Gives its place before and after. The first place is 1. At the edge it stays.
    """
    rows = _in_order(row)
    before = _place(rows, row.pk)
    after = min(max(before + by, 0), len(rows) - 1)
    if after != before:
        rows.insert(after, rows.pop(before))
        _number(rows)
    return before + 1, after + 1


@transaction.atomic
def put(row: HabitCategory | Habit, *, beside: UUID, after: bool) -> tuple[int, int]:
    """Puts a row right before or after another of its order; gives its place before and after.

    Raises LookupError when that is none.
    """
    rows = _in_order(row)
    before = _place(rows, row.pk)
    moved = rows.pop(before)
    now = _place(rows, beside) + after
    rows.insert(now, moved)
    _number(rows)
    return before + 1, now + 1


def _place(rows: list[HabitCategory | Habit], key: UUID) -> int:
    for number, one in enumerate(rows):
        if one.pk == key:
            return number
    raise LookupError(key)


def _number(rows: list[HabitCategory | Habit]) -> None:
    for number, one in enumerate(rows, start=1):
        if one.sort_order != number * STEP:
            one.sort_order = number * STEP
            one.save(update_fields=["sort_order"])


def _in_order(row: HabitCategory | Habit) -> list[HabitCategory | Habit]:
    if isinstance(row, Habit):
        templates = Habit.objects.filter(category=row.category_id, owner=None)
        return [*templates.select_for_update().order_by("sort_order", "name")]
    return [*HabitCategory.objects.select_for_update().order_by("sort_order", "name")]
