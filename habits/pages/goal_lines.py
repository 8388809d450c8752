"""Goals of the month in words: how far, what is still possible, the month before."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.text_format import date_text, whole_percents
from habits import month_goals
from habits.models import UserHabit
from habits.month_goals import GoalProgress


def panel(user: User, *, now: dt.datetime, only: UserHabit | None = None) -> dict[str, Any]:
    """The goals of a person, or the one of a habit, with the way to set one."""
    found = month_goals.progress(user, now=now, only=only)
    known = {one.habit.pk if one.habit else None for one in found}
    offered = month_goals.has_days(only) if only else True
    return {
        "month": date_text(user.calendar.day_of(now), "F"),
        "items": [_item(one) for one in found],
        "set_url": _url(only) if offered and (only.pk if only else None) not in known else "",
    }


def _url(habit: UserHabit | None) -> str:
    return reverse("habits:goal", args=[habit.pk]) if habit else reverse("habits:goal-all")


def _item(its: GoalProgress) -> dict[str, Any]:
    of_all = its.habit is None
    return {
        "name": its.habit.name if its.habit else _("모든 습관"),
        "cat": its.habit.color_key if its.habit else "none",
        "now": _now_of_all(its) if of_all else _now(its),
        "text": _text_of_all(its) if of_all else _text(its),
        "before": _before(its),
        "value": min(its.done or 0, its.target),
        "target": its.target,
        "url": _url(its.habit),
    }


def _now(its: GoalProgress) -> str:
    return ngettext("%(target)d일 중 %(done)d일", "%(target)d일 중 %(done)d일", its.target) % {
        "target": its.target,
        "done": its.done or 0,
    }


def _now_of_all(its: GoalProgress) -> str:
    if its.done is None:
        return _("목표 %(target)d%%") % {"target": its.target}
    return _("목표 %(target)d%%, 지금 %(done)d%%") % {"target": its.target, "done": its.done}


def _text(its: GoalProgress) -> str:
    if its.is_reached:
        return _("이달 목표를 채웠어요.")
    left = {"left": its.left, "need": its.target - (its.done or 0)}
    if its.is_possible:
        return (
            ngettext(
                "남은 %(left)d일 가운데 %(need)d일을 하면 채워요.",
                "남은 %(left)d일 가운데 %(need)d일을 하면 채워요.",
                its.left,
            )
            % left
        )
    text = ngettext(
        "이달에는 닿기 어려워요. 남은 날을 모두 하면 %(possible)d일이에요.",
        "이달에는 닿기 어려워요. 남은 날을 모두 하면 %(possible)d일이에요.",
        its.possible,
    )
    return text % {"possible": its.possible}


def _text_of_all(its: GoalProgress) -> str:
    if its.done is None:
        return _("이달은 아직 끝난 날이 없어요.")
    if its.is_reached:
        return _("어제까지 목표 위에 있어요.")
    if its.is_possible:
        said = _("어제까지의 완료율이에요. 남은 날을 모두 하면 %(possible)d%%까지 갈 수 있어요.")
    else:
        said = _("이달에는 닿기 어려워요. 남은 날을 모두 하면 %(possible)d%%예요.")
    return whole_percents(said % {"possible": its.possible})


def _before(its: GoalProgress) -> str:
    if its.before is None:
        return ""
    return (
        _("지난달 %(n)d%%") % {"n": its.before}
        if its.habit is None
        else ngettext("지난달 %(n)d일", "지난달 %(n)d일", its.before) % {"n": its.before}
    )
