"""The streak that explains itself: one habit's page, each day with its reason."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from habits import standing, today
from habits.models import UserHabit
from habits.streaks import Entry, Reason, Streak

SHOWN = 21


def page(user: User, user_habit: UserHabit, *, now: dt.datetime, all_days: bool = False) -> dict[str, Any]:
    """The context of the page of one habit, its ledger newest first, three weeks of it unless all is asked for."""
    calendar = user.calendar
    day = calendar.day_of(now)
    counts = standing.counts_by_day(user_habit)
    replay = standing.replay(user_habit, today=day, calendar=calendar, counts=counts)
    now_stands = standing.Standing(replay.state, replay.streak, counts.get(day, 0))
    entries = replay.ledger[::-1]
    shown = entries if all_days else entries[:SHOWN]
    here = reverse("habits:habit", args=[user_habit.pk])
    row = today.row(user_habit, now_stands)
    if not user_habit.is_active:
        row.state, row.check_url = "paused", ""
    return {
        "row": row,
        "habit": {"name": user_habit.name, "text": user_habit.rule.sentence()},
        "streak": _streak(replay.streak),
        "ledger": [_entry(entry) for entry in shown],
        "more_url": "" if len(shown) == len(entries) else f"{here}?all#ledger",
        "how": user_habit.habit.text_list("instructions"),
        "actions": _actions(user_habit),
    }


def _streak(streak: Streak) -> dict[str, Any]:
    unit = ngettext("주", "주", streak.current) if streak.unit == "weeks" else ngettext("일", "일", streak.current)
    words = []
    if streak.rested:
        words.append(ngettext("쉼 %(n)d일", "쉼 %(n)d일", streak.rested) % {"n": streak.rested})
    if streak.protected:
        words.append(ngettext("지킴 %(n)d일", "지킴 %(n)d일", streak.protected) % {"n": streak.protected})
    words.append(_("가장 길게 %(n)d%(unit)s") % {"n": streak.best, "unit": unit})
    if streak.freezes:
        words.append(ngettext("지킴이 %(n)d개", "지킴이 %(n)d개", streak.freezes) % {"n": streak.freezes})
    return {
        "length": streak.current,
        "unit": unit,
        "text": " · ".join(words),
        "why_text": _("왜 %(n)d%(unit)s인지 보기") % {"n": streak.current, "unit": unit},
    }


def _entry(entry: Entry) -> dict[str, Any]:
    amount = f"{entry.amount}/{entry.target}" if entry.target > 1 else ""
    titles = {
        Reason.DONE: _("했어요"),
        Reason.PARTLY: _("조금 했어요"),
        Reason.NOT_DUE: _("쉬는 날이었어요"),
        Reason.RESTED: _("쉼"),
        Reason.PROTECTED: _("지킴이가 지켰어요"),
        Reason.MISSED: _("빈 날이에요"),
        Reason.OPEN: _("아직 열려 있어요"),
    }
    return {
        "day": entry.day.isoformat(),
        "date_text": date_format(entry.day, _("n월 j일")),
        "weekday_text": date_format(entry.day, "l"),
        "reason": entry.reason.value,
        "title": titles[entry.reason],
        "text": " · ".join(text for text in (amount, _why(entry)) if text),
        "run": entry.run,
        "restart": entry.broke,
    }


def _why(entry: Entry) -> str:
    if entry.broke:
        return _("여기서부터 다시 세어요")
    if entry.spent:
        return _("지킴이 하나를 썼어요. 이어 온 날은 그대로예요")
    if entry.earned:
        return _("지킴이를 하나 얻었어요")
    return {
        Reason.RESTED: _("끊지도, 더하지도 않아요"),
        Reason.NOT_DUE: _("하기로 한 날이 아니에요"),
        Reason.OPEN: _("오늘 안에 하면 이어져요"),
    }.get(entry.reason, "")


def _actions(user_habit: UserHabit) -> list[dict[str, str]]:
    status = UserHabit.Status
    resume, pause, put_away = (
        (status.ACTIVE, "play", _("다시 시작하기")),
        (status.PAUSED, "leaf", _("쉬어 가기")),
        (status.ARCHIVED, "archive", _("넣어 두기")),
    )
    offered = {
        status.ACTIVE: [pause, put_away],
        status.PAUSED: [resume, put_away],
    }.get(status(user_habit.status), [resume])
    return [
        {"url": reverse("habits:status", args=[user_habit.pk, moved_to]), "icon": icon, "text": text}
        for moved_to, icon, text in offered
    ]
