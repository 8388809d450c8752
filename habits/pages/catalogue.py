"""The page of the catalogue, by category or search words, and the dialogs of a habit."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import User
from billing import entitlements
from billing.pages import return_addresses
from core.text_format import facts
from habits import catalogue_cache
from habits.catalogue_cache import FirstTemplates
from habits.enrollment import Full, PlanFull, RecordFull
from habits.models import Habit, HabitCategory, UserHabit
from habits.schedules import Rule

if TYPE_CHECKING:
    from habits.forms import ScheduleForm


@dataclass(frozen=True)
class CatalogueGroup:
    """A category with the templates that the page shows and the number of all."""

    about: dict[str, Any]
    total: int
    items: list[dict[str, Any]]


def page(user: User, *, words: str = "", category: str = "") -> dict[str, Any]:
    """The context of the page: habits by category, featured ones first, chosen ones marked."""
    base = reverse("habits:catalogue")
    categories, groups = _found(words, category) if words or category else _first_of_each()
    shown = [item["id"] for group in groups for item in group.items]
    chosen = dict(user.habits.counted().filter(habit__in=shown).values_list("habit_id", "id"))
    return {
        "groups": [
            group.about
            | {
                "total": group.total,
                "all_url": "" if len(group.items) == group.total else f"{base}?category={group.about['cat']}",
                "items": [item | {"chosen_url": _chosen_url(chosen.get(item["id"]))} for item in group.items],
            }
            for group in groups
        ],
        "found": len(shown),
        "categories": [
            one | {"url": f"{base}?category={one['cat']}", "current": one["cat"] == category} for one in categories
        ],
        "category": category,
        "q": words,
        "all_url": base,
        "own_url": reverse("habits:add-own"),
    }


def _found(words: str, category: str) -> tuple[list[dict[str, Any]], list[CatalogueGroup]]:
    """All templates with these words or of this category; and all categories."""
    found = Habit.objects.in_catalogue().select_related("category").in_order().defer("instructions", "tips")
    if words:
        found = found.matching(words)
    if category:
        found = found.filter(category__name_en=category)
    categories = HabitCategory.objects.filter(is_active=True).order_by("sort_order", "name")
    by_category: dict[HabitCategory, list[Habit]] = {}
    for habit in found:
        by_category.setdefault(habit.category, []).append(habit)
    for habits in by_category.values():
        habits.sort(key=lambda habit: not habit.is_featured)
    return [_about(one) for one in categories], [
        CatalogueGroup(_about(one), len(habits), [_item(habit) for habit in habits])
        for one, habits in by_category.items()
    ]


def _first_of_each() -> tuple[list[dict[str, Any]], list[CatalogueGroup]]:
    return _said(get_language(), catalogue_cache.first_of_each())


@lru_cache(maxsize=16)
def _said(_language: str | None, first: FirstTemplates) -> tuple[list[dict[str, Any]], list[CatalogueGroup]]:
    """The first templates of each category in words, kept by language until there are others."""
    by_category: dict[HabitCategory, list[Habit]] = {}
    for template in first.templates:
        by_category.setdefault(template.category, []).append(template)
    return [_about(one) for one in first.categories], [
        CatalogueGroup(_about(one), first.totals[one.pk], [_item(template) for template in templates])
        for one, templates in by_category.items()
    ]


def _chosen_url(user_habit_id: Any) -> str:
    return reverse("habits:habit", args=[user_habit_id]) if user_habit_id else ""


def url_of(habit: Habit | None) -> str:
    """The page of the catalogue with a template's whole category; the first page for None."""
    base = reverse("habits:catalogue")
    return f"{base}?category={habit.category.name_en}" if habit else base


def add_dialog(
    form: "ScheduleForm", habit: Habit | None, *, back: str, own: bool = False, full: Full | None = None
) -> dict[str, Any]:
    """The context of the dialog to add `habit`, or an own habit (`own`), perhaps based on it.

    `back` is the page under the dialog, or the one that the person came from.
    """
    context: dict[str, Any] = {
        "form": form,
        "sentence": form.sentence,
        "back_url": back,
        "full": _full_note(full, back=back) if full else None,
    }
    if own:
        return context | {
            "action_url": reverse("habits:adapt", args=[habit.pk]) if habit else reverse("habits:add-own"),
            "sentence_url": reverse("habits:own-sentence"),
            "title": _("내 방식으로 바꾸기") if habit else _("내 습관 만들기"),
            "habit": {"icon": habit.icon, "cat": habit.category.name_en} if habit else {},
            "submit_text": _("더하기"),
        }
    if habit is None:
        raise ValueError("only a template can be chosen")
    return context | {
        "title": habit.text("name"),
        "submit_text": _("더하기"),
        "adapt_url": reverse("habits:adapt", args=[habit.pk]),
        "action_url": reverse("habits:add", args=[habit.pk]),
        "sentence_url": reverse("habits:sentence", args=[habit.pk]),
        "habit": {
            "name": habit.text("name"),
            "icon": habit.icon or habit.category.icon,
            "cat": habit.category.name_en,
            "meta": facts(_facts(habit, with_category=True)),
            "description": habit.text("description"),
            "unit": habit.text("default_unit"),
        },
    }


def edit_dialog(form: "ScheduleForm", user_habit: UserHabit) -> dict[str, Any]:
    """The context of the dialog in which a habit is changed."""
    habit, here = user_habit.habit, reverse("habits:habit", args=[user_habit.pk])
    named_anew = not user_habit.is_own and user_habit.name != habit.text("name")
    return {
        "form": form,
        "sentence": form.sentence,
        "title": user_habit.name,
        "habit": {
            "icon": habit.icon or habit.category.icon,
            "cat": habit.color_key,
            "category": habit.category.name_en,
            "meta": habit.text("name") if named_anew else str(habit.category),
        },
        "action_url": reverse("habits:edit", args=[user_habit.pk]),
        "sentence_url": reverse("habits:edit-sentence", args=[user_habit.pk]),
        "back_url": here,
        "submit_text": _("저장"),
        "remove_url": reverse("habits:remove", args=[user_habit.pk]),
        "note": _("바뀐 주기는 오늘부터 적용돼요. 지난날은 그대로 남아요."),
    }


def _full_note(full: Full, *, back: str) -> dict[str, str]:
    """The message with two ways on: make room, or another plan."""
    note = {"text": full_text(full), "url": reverse("habits:mine"), "link_text": _("내 습관 정리하기")}
    if isinstance(full, PlanFull):
        note |= _plans(back)
    return note


def _plans(back: str) -> dict[str, str]:
    """The link to the plans, from which the person comes back to the page `back`."""
    return {"plans_url": return_addresses.plans_url(back, limit="max_habits"), "plans_text": _("요금제 보기")}


def room_note(user: User, *, at: dt.datetime, back: str, have: int | None = None) -> dict[str, str]:
    """How many habits the plan still allows; empty for a plan without a limit.

    `have` is the number of the person's habits, for callers that know it; `back` is the page with the note.
    """
    most = entitlements.limit(user, "max_habits", at=at).most
    if most is None:
        return {}
    plans = _plans(back)
    left = max(most - (user.habits.counted().count() if have is None else have), 0)
    if not left:
        text = ngettext(
            "지금 요금제의 습관 %(most)d개를 모두 쓰고 있어요. 하나를 보관하면 더할 수 있어요.",
            "지금 요금제의 습관 %(most)d개를 모두 쓰고 있어요. 하나를 보관하면 더할 수 있어요.",
            most,
        )
        return {"text": text % {"most": most}} | plans
    text = ngettext(
        "지금 요금제로는 습관을 %(most)d개까지 할 수 있고, %(left)d개를 더 할 수\N{NO-BREAK SPACE}있어요.",
        "지금 요금제로는 습관을 %(most)d개까지 할 수 있고, %(left)d개를 더 할 수\N{NO-BREAK SPACE}있어요.",
        left,
    )
    return {"text": text % {"most": most, "left": left}} | plans


def full_text(full: Full) -> str:
    """The message when there is no room for another habit, with what can be done."""
    if isinstance(full, RecordFull):
        return _("보관한 것까지 습관은 %(most)d개까지 둘 수 있어요. 다시 하지 않을 습관을 지우면 자리가 나요.") % {
            "most": full.most
        }
    text = ngettext(
        "지금은 습관을 %(most)d개까지 할 수 있어요. 하나를 보관하면 더할 수 있어요. 기록은 그대로 남아요.",
        "지금은 습관을 %(most)d개까지 할 수 있어요. 하나를 보관하면 더할 수 있어요. 기록은 그대로 남아요.",
        full.most,
    )
    return text % {"most": full.most}


def _about(category: HabitCategory) -> dict[str, Any]:
    return {"cat": category.name_en, "icon": category.icon, "name": str(category)}


def card(habit: Habit) -> dict[str, Any]:
    """A template as the catalogue shows it, without its links."""
    return {
        "cat": habit.category.name_en,
        "icon": habit.icon or habit.category.icon,
        "name": habit.text("name"),
        "facts": _facts(habit),
    }


def _item(habit: Habit) -> dict[str, Any]:
    return {
        "id": habit.pk,
        **card(habit),
        "add_url": reverse("habits:add", args=[habit.pk]),
    }


def _facts(habit: Habit, *, with_category: bool = False) -> list[str]:
    """["매일", "8잔", "쉬움"]"""
    rule = Rule.of_template(habit, unit=habit.text("default_unit"))
    minutes = habit.estimated_time_minutes
    return [
        str(habit.category) if with_category else str(rule.schedule),
        rule.amount() or (ngettext("%(n)d분", "%(n)d분", minutes) % {"n": minutes} if minutes else ""),
        habit.get_difficulty_level_display() if habit.difficulty_level else "",
    ]
