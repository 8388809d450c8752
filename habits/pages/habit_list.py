"""The page of all habits: by group and order, paused ones and archived ones."""

import datetime as dt
from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core import cache_entries
from habits import ordering, pauses, plan_limits
from habits.models import HabitRest, UserHabit
from habits.pages import catalogue
from habits.pages.habit_detail import rest_item


def keep_page(user: User, *, at: dt.datetime, chosen: Collection[UUID] | None = None) -> dict[str, Any]:
    """The habits to choose from, and which go on now; `chosen` were sent and refused."""
    habits = list(user.habits.counted().with_habit().defer("notes").order_by("-is_kept", "sort_order", "pk"))
    most = plan_limits.most_after(user, at=at)
    ticked = {habit.pk for habit in habits[:most]} if chosen is None else chosen
    return {
        "habits": [
            {
                "id": habit.pk,
                "name": habit.name,
                "cat": habit.color_key,
                "icon": habit.icon,
                "facts": _facts(habit),
                "is_ticked": habit.pk in ticked,
                "is_read_only": habit.is_read_only,
            }
            for habit in habits
        ],
        "most": most,
        "is_limited": plan_limits.is_limited(user, at=at),
    }


def page(user: User, *, now: dt.datetime, words: str = "", category: str = "") -> dict[str, Any]:
    """The context of the page; `words` and `category` leave out the habits that do not match."""
    day = user.calendar.day_of(now)
    if words or category:
        shown = _read(user, day=day, words=words, category=category)
    else:
        shown = cache_entries.HABITS.get(user.pk, day=day, make=lambda: _read(user, day=day))
    asked = urlencode({name: value for name, value in (("q", words), ("category", category)) if value})
    here = f"{reverse('habits:mine')}?{asked}".rstrip("?")
    return shown | {"room": catalogue.room_note(user, at=now, have=shown["have"], back=here)}


def _read(user: User, *, day: dt.date, words: str = "", category: str = "") -> dict[str, Any]:
    rests = list(user.rests.since(day).order_by("starts_on", "id"))
    every_group = ordering.groups_of(user)
    categories = _categories([habit for _name, habits in every_group for habit in habits], chosen=category)
    groups = [(name, [one for one in its if _matches(one, words, category)]) for name, its in every_group]
    is_filtered = bool(words or category)
    if is_filtered:
        groups = [(name, its) for name, its in groups if its]
    at_hand = [habit for _name, habits in groups for habit in habits]
    paused = [habit for habit in at_hand if pauses.is_paused(rests, habit, day=day)]
    archived = (
        user.habits.exclude(status__in=[UserHabit.Status.ACTIVE, UserHabit.Status.PAUSED]).with_habit().defer("notes")
    )
    put_away = [one for one in archived.order_by("-updated_at", "id") if _matches(one, words, category)]
    return {
        "groups": [
            {
                "name": name,
                "title": name or (_("묶지 않은 습관") if len(groups) > 1 else _("지금 하는 습관")),
                "items": [_item(habit, rests, day=day) for habit in habits],
            }
            for name, habits in groups
        ],
        "resting": [_item(habit, rests, day=day) for habit in paused],
        "rests_of_all": [rest_item(rest, day=day) for rest in rests if rest.user_habit_id is None],
        "archived": [_item(habit, rests, day=day) for habit in put_away],
        "pause_all_url": reverse("habits:pause-all"),
        "order_url": reverse("habits:order"),
        "empty": not any(its for _name, its in every_group),
        "q": words,
        "category": category,
        "categories": categories if len(categories) > 1 else [],
        "is_filtered": is_filtered,
        "found": len(at_hand) + len(put_away),
        "have": sum(len(its) for _name, its in every_group),
    }


def _matches(habit: UserHabit, words: str, category: str) -> bool:
    """Names are sealed, so the database cannot search them."""
    text = f"{habit.name} {habit.group_name or ''}".casefold()
    is_named = all(word in text for word in words.casefold().split())
    return is_named and category in ("", habit.habit.category.name_en)


def _categories(habits: list[UserHabit], *, chosen: str) -> list[dict[str, Any]]:
    """The categories of these habits, each with the address that shows only it."""
    here = reverse("habits:mine")
    found = {habit.habit.category.name_en: habit.habit.category for habit in habits}
    return [
        {"cat": name, "name": str(one), "icon": one.icon, "current": name == chosen, "url": f"{here}?category={name}"}
        for name, one in sorted(found.items(), key=lambda pair: pair[1].sort_order)
    ]


def _item(habit: UserHabit, rests: list[HabitRest], *, day: dt.date) -> dict[str, Any]:
    pause = pauses.pause_on(rests, habit, day=day)
    words = _facts(habit)
    if habit.is_read_only:
        words = [_("볼 수만 있어요"), words[0]]
    return {
        "id": habit.pk,
        "name": habit.name,
        "cat": habit.color_key,
        "icon": habit.icon,
        "facts": words,
        "rest_text": rest_item(pause, day=day)["text"] if pause else _("쉬는 중이에요"),
        "url": reverse("habits:habit", args=[habit.pk]),
        "edit_url": reverse("habits:edit", args=[habit.pk]),
        "move_url": reverse("habits:move", args=[habit.pk]),
        # A pause of all habits is ended for all, above.
        "resume_url": ""
        if pause and pause.user_habit_id is None
        else reverse("habits:status", args=[habit.pk, UserHabit.Status.ACTIVE]),
    }


def _facts(habit: UserHabit) -> list[str]:
    return [str(habit.rule.schedule), habit.rule.amount(), habit.anchor or ""]


def group_names(user: User) -> list[str]:
    """The existing group names, which the form offers."""
    # Sealed: the database can neither compare nor sort them.
    return sorted({habit.group_name for habit in user.habits.only("group_name") if habit.group_name})
