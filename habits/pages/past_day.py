"""The page of one past day: all habits of that day, each to be filled in or corrected."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from uuid6 import uuid7

from accounts.days import ONE_DAY
from accounts.models import User
from core.text_format import amount, share_text
from habits import streak_cache
from habits.day_totals import HabitDays, total_of_day
from habits.models import HabitLog, HabitRest, UserHabit
from habits.pages import day_progress
from habits.pages.today_rows import past_day_url, today_url
from habits.schedules import Rule


def page(user: User, day: dt.date, *, today: dt.date) -> dict[str, Any]:
    """The context of the page; `day` is before `today`."""
    counts = dict(
        HabitLog.objects.of_days(day, day)
        .filter(user_habit__user=user)
        .values_list("user_habit")
        .annotate(Sum("completed_count"))
        .order_by()
    )
    rests = list(user.rests.covering(day))
    lived = [
        (habit, _day_of(habit, day, counts, rests, user=user))
        for habit in user.habits.with_habit().defer("notes").order_by("sort_order", "created_at", "id")
    ]
    lived = [(habit, its) for habit, its in lived if its.began_on <= day and _is_shown(habit, its, day)]
    total = total_of_day([its for _habit, its in lived], day)
    next_day = day + ONE_DAY
    return {
        "title": day_progress.date_text(day),
        "items": [_item(habit, its, day) for habit, its in lived],
        "sum": _("%(asked)d개 중 %(done)d개 했어요") % {"asked": total.asked, "done": total.done}
        if total.asked
        else "",
        "before_url": past_day_url(day - ONE_DAY),
        "after_url": today_url() if next_day == today else past_day_url(next_day),
    }


def _is_shown(habit: UserHabit, its: HabitDays, day: dt.date) -> bool:
    """Archived habits are shown for days before the archiving, and for those with a check-in."""
    return not habit.is_archived or day in its.counts or day not in its.rested


def _day_of(
    habit: UserHabit, day: dt.date, counts: dict[UUID, int], rests: list[HabitRest], *, user: User
) -> HabitDays:
    done = {day: counts[habit.pk]} if habit.pk in counts else {}
    its = streak_cache.days_of(rests, habit)
    return streak_cache.habit_days(habit, calendar=user.calendar, counts=done, rests=its, first=day, last=day)


def _item(habit: UserHabit, its: HabitDays, day: dt.date) -> dict[str, Any]:
    rule, count = its.timeline.on(day), its.counts.get(day, 0)
    reason, text = _reason_and_text(rule, count, its, day)
    left = 0 if rule.direction == "at_most" or reason == "done" else max(rule.target - count, 1)
    return {
        "id": habit.pk,
        "name": habit.name,
        "cat": habit.color_key,
        "reason": reason,
        "text": text,
        "url": reverse("habits:day", args=[habit.pk, day]),
        "fill_url": reverse("habits:add-log", args=[habit.pk, day]) if left and not rule.schedule.totals else "",
        "fill_text": _("%(amount)s 더하기") % {"amount": amount(left, rule.unit)} if left > 1 else _("했어요"),
        "left": left,
        "key": uuid7(),
    }


def _reason_and_text(rule: Rule, count: int, its: HabitDays, day: dt.date) -> tuple[str, str]:
    """The mark of the day and its words, from the day alone: the ledger of the habit has the whole reason."""
    shared = share_text(count, rule.target, rule.unit)
    if day in its.rested and not count:
        return "rested", _("쉬었어요")
    if rule.direction == "at_most" and rule.schedule.totals:
        return "not_due", shared
    if rule.met(count) and (count or rule.is_due(day)):
        return "done", shared if rule.target > 1 else _("했어요")
    if count:
        return "partly", shared
    if not rule.is_due(day) or rule.schedule.judged != "day":
        return "not_due", _("하지 않아도 되는 날이에요")
    return "missed", _("빈 날이에요")
