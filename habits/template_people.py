"""How many people do each template of the catalogue, for the list of staff.

Counted each night in one pass over all habits of people, which is too much for a page. A list that finds nothing counted asks
a worker for it.
"""

from uuid import UUID

from django.core.cache import cache
from django.db.models import Count

from core import wakeups
from habits.models import UserHabit

_KEY, _KEPT = "staff:template-people", 2 * 24 * 60 * 60
# They do it, now or again after a rest.
_DOING = ["active", "paused"]


def count() -> None:
    rows = UserHabit.objects.filter(status__in=_DOING, habit__owner=None).order_by()
    counted = rows.values_list("habit").annotate(Count("pk"))
    cache.set(_KEY, {str(habit): people for habit, people in counted}, _KEPT)


def counted() -> dict[UUID, int] | None:
    """People by template, a day old at most; None while nothing is counted.

    A template that nobody does is not among them.
    """
    found: dict[str, int] | None = cache.get(_KEY)
    if found is None:
        wakeups.wake_on_commit("habits.count_template_people")
        return None
    return {UUID(habit): people for habit, people in found.items()}
