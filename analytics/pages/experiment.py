"""Pages of an experiment: its beginning, its days, and an answer no surer than they are."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.days import ONE_DAY
from accounts.models import User
from analytics import experiment_answer
from analytics.experiment_answer import FEWEST, ExperimentAnswer
from analytics.experiments import LENGTH
from analytics.models import Experiment
from analytics.pages.panels import day_text
from core.db.compiled_queries import Compiled
from core.text_format import whole_percents
from habits import streak_cache
from habits.models import UserHabit
from habits.pages import habit_detail
from habits.streaks import Entry, Reason

_LATEST = Compiled(
    lambda person, habit: Experiment.objects.filter(user=person, user_habit=habit).order_by("-starts_on", "-id")[:5],
    person=uuid4(),
    habit=uuid4(),
)

type DoneByDay = Mapping[dt.date, bool]


def start_page(user: User, user_habit: UserHabit, *, now: dt.datetime) -> dict[str, Any]:
    """The context of the form: what the two weeks before have to compare with."""
    today = user.calendar.day_of(now)
    before = done_by_day(_entries(user, user_habit, today), user_habit, today - LENGTH, today - ONE_DAY)
    return {
        "name": user_habit.name,
        "cat": user_habit.color_key,
        "done": sum(before.values()),
        "due": len(before),
        "enough": len(before) >= FEWEST,
        "fewest": FEWEST,
        "last": day_text(today + LENGTH - ONE_DAY),
        "ideas": [
            _("아침에 가장 먼저 하기"), _("하던 일 바로 다음에 하기"), _("목표를 절반으로 줄이기"), _("알림 시각 바꾸기"),
        ],
        "back_url": reverse("analytics:habit", args=[user_habit.pk]),
    }  # fmt: skip


def page(user: User, experiment: Experiment, *, now: dt.datetime) -> dict[str, Any]:
    today = user.calendar.day_of(now)
    habit = experiment.user_habit
    entries = _entries(user, habit, today)
    first, last = experiment.starts_on, experiment.last_on
    before = done_by_day(entries, habit, first - LENGTH, first - ONE_DAY)
    # Today is open: counted only when done, it would flatter.
    during = done_by_day(entries, habit, first, min(last, today - ONE_DAY))
    running = is_running(experiment, today=today)
    return {
        "name": habit.name,
        "cat": habit.color_key,
        "idea": experiment.idea,
        "running": running,
        "stopped": experiment.closed_on is not None and experiment.closed_on < experiment.ends_on,
        "day": min((today - first).days + 1, LENGTH.days),
        "length": LENGTH.days,
        "span": _("%(first)s부터 %(last)s까지") % {"first": day_text(first), "last": day_text(last)},
        "last": day_text(last),
        "phases": [
            _phase(_("직전 2주"), entries, before, first - LENGTH, first - ONE_DAY),
            _phase(_("시험하는 2주") if running else _("시험하는 동안"), entries, during, first, last),
        ],
        "answer": {} if running else answer_text(experiment_answer.compare(before, during), before, during),
        "stop_url": reverse("analytics:stop-experiment", args=[experiment.pk]),
        "delete_url": reverse("analytics:delete-experiment", args=[experiment.pk]),
        "again_url": reverse("analytics:try", args=[habit.pk]),
        "habit_url": reverse("analytics:habit", args=[habit.pk]),
    }


def panel(user: User, user_habit: UserHabit, *, today: dt.date) -> dict[str, Any]:
    """The experiments of a habit, for the page of its insights."""
    its = _LATEST(person=user.pk, habit=user_habit.pk)
    rows = [
        {
            "idea": one.idea,
            "url": reverse("analytics:experiment", args=[one.pk]),
            "text": _("%(day)d일째 · %(last)s까지")
            % {"day": (today - one.starts_on).days + 1, "last": day_text(one.ends_on)}
            if is_running(one, today=today)
            else _("%(first)s에 시작 · 답 보기") % {"first": day_text(one.starts_on)},
        }
        for one in its
    ]
    can_start = user_habit.is_active and not any(is_running(one, today=today) for one in its)
    return {"rows": rows, "start_url": reverse("analytics:try", args=[user_habit.pk]) if can_start else ""}


def is_running(experiment: Experiment, *, today: dt.date) -> bool:
    return experiment.closed_on is None and today <= experiment.ends_on


def _entries(user: User, user_habit: UserHabit, today: dt.date) -> Sequence[Entry]:
    return streak_cache.replay(
        user_habit,
        today=today,
        calendar=user.calendar,
        counts=streak_cache.counts_by_day(user_habit),
        rests=streak_cache.rests_of(user_habit),
    ).ledger


def done_by_day(entries: Sequence[Entry], user_habit: UserHabit, first: dt.date, last: dt.date) -> dict[dt.date, bool]:
    """Whether the habit was done, by closed day of the span that asked for it; rests do not."""
    timeline = user_habit.timeline
    return {
        entry.day: entry.reason is Reason.DONE
        for entry in entries
        if first <= entry.day <= last
        and entry.reason not in (Reason.OPEN, Reason.RESTED)
        and timeline.on(entry.day).is_due(entry.day)
    }


def _phase(title: str, entries: Sequence[Entry], done: DoneByDay, first: dt.date, last: dt.date) -> dict[str, Any]:
    reasons = {entry.day: entry.reason for entry in entries if first <= entry.day <= last}
    days = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    return {
        "title": title,
        "text": ngettext("%(due)d일 중 %(done)d일 했어요", "%(due)d일 중 %(done)d일 했어요", len(done))
        % {"due": len(done), "done": sum(done.values())}
        if done
        else _("아직 센 날이 없어요"),
        "days": [_mark(day, reasons.get(day)) for day in days],
    }


def _mark(day: dt.date, reason: Reason | None) -> dict[str, str]:
    words = str(habit_detail.TITLES[reason]()) if reason else _("아직이에요")
    return {"reason": reason.value if reason else "", "text": f"{day_text(day)} {words}"}


def answer_text(answer: ExperimentAnswer | None, before: DoneByDay, during: DoneByDay) -> dict[str, str]:
    """The answer in words: a difference within chance is called none, whatever its size."""
    if answer is None:
        few = min(len(before), len(during))
        why = _("하기로 한 날이 시험 전후로 %(n)d일씩은 있어야 비교할 수 있어요. 적은 쪽이 %(few)d일이었어요.")
        return {"title": _("말하기 일러요"), "text": why % {"n": FEWEST, "few": few}, "kind": "early"}
    shares = {"before": round(answer.before * 100), "during": round(answer.during * 100)}
    text = _("완료율은 직전 2주에 %(before)d%%, 시험하는 동안 %(during)d%%였어요.") % shares
    return {"title": _title(answer), "text": whole_percents(text), "range": _range(answer), "kind": _kind(answer)}


def _kind(answer: ExperimentAnswer) -> str:
    if not answer.beyond_chance:
        return "same"
    return "more" if answer.low > 0 else "less"


def _title(answer: ExperimentAnswer) -> str:
    return {
        "same": _("차이가 뚜렷하지 않아요"),
        "more": _("시험하는 동안 더 자주 했어요"),
        "less": _("시험하는 동안 덜 했어요"),
    }[_kind(answer)]


def _range(answer: ExperimentAnswer) -> str:
    """The interval in words, with what it can and cannot say."""
    ends = {"low": _points(answer.low), "high": _points(answer.high)}
    if not answer.beyond_chance:
        return _("실제 차이는 %(low)s에서 %(high)s 사이 어디든 될 수 있어요. 우연만으로도 이만큼은 달라져요.") % ends
    why = _("실제 차이는 %(low)s에서 %(high)s 사이일 거예요(95%%). 그사이 달라진 다른 일 때문일 수도 있어요.")
    return why % ends


def _points(share: float) -> str:
    return _("%(n)s%%p") % {"n": f"{round(share * 100):+d}".replace("-", "−")}
