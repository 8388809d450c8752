"""The page of one habit: its streak, and a ledger with the reason of each day."""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.days import ONE_DAY, Calendar
from accounts.models import User
from core.db.compiled_queries import Compiled
from core.mood_scales import MOODS, word_of
from core.text_format import amount, facts, per_language, share_text
from habits import check_in_locks, pauses, streak_cache
from habits.models import HabitLogEdit, HabitRest, UserHabit
from habits.pages import reminder_settings, today_rows
from habits.pages.month_calendar import month_calendar
from habits.pages.today_rows import Row
from habits.schedules import FURTHEST, Rule, Unit
from habits.streak_cache import HabitStanding
from habits.streaks import DAYS_PER_FREEZE, MOST_FREEZES, Entry, Reason, State, Streak
from notifications import holds

SHOWN = 21
# Plain done days in a row that become one line of the ledger.
FEWEST_FOLDED = 3

TITLES: dict[Reason, Callable[[], str]] = {
    Reason.DONE: lambda: _("했어요"),
    Reason.PARTLY: lambda: _("조금 했어요"),
    Reason.NOT_DUE: lambda: _("쉬는 날이었어요"),
    Reason.RESTED: lambda: _("쉬었어요"),
    Reason.PROTECTED: lambda: _("지킴이가 지켰어요"),
    Reason.MISSED: lambda: _("빈 날이에요"),
    Reason.OPEN: lambda: _("아직 열려 있어요"),
}


_HABIT = Compiled(
    lambda person, habit: UserHabit.objects.filter(user=person, pk=habit).with_habit(), person=uuid4(), habit=uuid4()
)


class _Log(NamedTuple):
    """A check-in, as the ledger needs it."""

    local_date: dt.date
    completed_count: int
    completed_at: dt.datetime
    mood_score: int | None


def find(user: User, user_habit_id: UUID) -> UserHabit:
    """The person's habit. Raises UserHabit.DoesNotExist."""
    return check_in_locks.require_one(_HABIT(person=user.pk, habit=user_habit_id), user)


def page(
    user: User, user_habit: UserHabit, *, now: dt.datetime, all_days: bool = False, month: dt.date | None = None
) -> dict[str, Any]:
    """The context of the page: a month, and the ledger newest first, 3 weeks unless `all_days`."""
    calendar = user.calendar
    day = calendar.day_of(now)
    rests = [rest for rest in streak_cache.rests_of_person(user.pk) if rest.concerns(user_habit)]
    rest_days = streak_cache.days_of(rests, user_habit)
    standing = streak_cache.current(user_habit, today=day, calendar=calendar, rests=rest_days)
    first = first_of_month(month or day, today=day)
    since = dt.date.min if all_days else min(first, day - SHOWN * ONE_DAY)
    before = streak_cache.month_state_before(user_habit, since, calendar)
    logs = _logs(user_habit, before)
    counts = _counts(logs)
    ledger = streak_cache.ledger(user_habit, after=before, counts=counts, today=day, calendar=calendar, rests=rest_days)
    entries = ledger[::-1]
    reasons = {entry.day: entry.reason for entry in ledger}
    shown = entries if all_days else entries[:SHOWN]
    day_facts = _facts_by_day(user, user_habit, shown, logs)
    is_quiet = holds.is_held(user, now)
    row = _row(user_habit, standing, rests, day=day)
    row.streak_text = "" if is_quiet else row.streak_text
    here = reverse("habits:habit", args=[user_habit.pk])
    return {
        "row": row,
        "habit": {"name": user_habit.name, "text": _subtitle(user_habit)},
        # None on a quiet day (notifications/holds.py): the page then speaks of no streak.
        "streak": None if is_quiet else _streak(standing.streak),
        "ledger": [line(entry, user_habit, rests, day_facts[entry.day], is_quiet=is_quiet) for entry in shown],
        "more_url": "" if before is None and len(shown) == len(entries) else f"{here}?all#ledger",
        "month": month_of(user_habit, reasons.get, calendar, today=day, first=first),
        "how": user_habit.habit.text_list("instructions"),
        "rest": _rest(user_habit, rests, day=day),
        "settings_url": reverse("habits:settings", args=[user_habit.pk]),
        "edit_url": reverse("habits:edit", args=[user_habit.pk]),
    }


def settings_page(user: User, user_habit: UserHabit, *, now: dt.datetime) -> dict[str, Any]:
    """The sheet of a habit's settings: reminders, rests, freezes, and the way to its form."""
    day = user.calendar.day_of(now)
    rests = [rest for rest in streak_cache.rests_of_person(user.pk) if rest.concerns(user_habit)]
    rest_days = streak_cache.days_of(rests, user_habit)
    standing = streak_cache.current(user_habit, today=day, calendar=user.calendar, rests=rest_days)
    return {
        "name": user_habit.name,
        "cat": user_habit.color_key,
        "text": _subtitle(user_habit),
        "back_url": reverse("habits:habit", args=[user_habit.pk]),
        "edit_url": reverse("habits:edit", args=[user_habit.pk]),
        "freezes": None if holds.is_held(user, now) else _freezes(standing.streak),
        "actions": _actions(user_habit, rests, day=day),
    } | reminder_settings.panel(user, user_habit, now=now)


def _row(user_habit: UserHabit, standing: HabitStanding, rests: list[HabitRest], *, day: dt.date) -> Row:
    row = today_rows.row(user_habit, standing)
    if not user_habit.is_active or pauses.is_paused(rests, user_habit, day=day):
        row.state, row.check_url = "paused", ""
        row.meta = [_("보관했어요") if user_habit.is_archived else _("쉬는 중이에요")]
        row.label = f"{row.name}, {row.meta[0]}"
    return row


def _subtitle(user_habit: UserHabit) -> str:
    """ "매주 월·수·금, 8잔 · 저녁 · 양치 후 · 22:30" """
    part = "" if user_habit.part_of_day == "anytime" else user_habit.get_part_of_day_display()
    words = [user_habit.rule.sentence(), part, user_habit.anchor or "", *today_rows.reminder_texts(user_habit)]
    return facts(words)


def _streak(streak: Streak) -> dict[str, Any]:
    unit = _unit_word(streak.unit, streak.current)
    words = []
    if streak.rested:
        words.append(ngettext("쉼 %(n)d일", "쉼 %(n)d일", streak.rested) % {"n": streak.rested})
    if streak.protected:
        words.append(ngettext("지킴 %(n)d일", "지킴 %(n)d일", streak.protected) % {"n": streak.protected})
    words.append(_("가장 길게 %(n)d%(unit)s") % {"n": streak.best, "unit": unit})
    return {
        "length": streak.current,
        "unit": unit,
        "facts": words,
        "why_text": _("왜 %(n)d%(unit)s인지 하루씩 보기") % {"n": streak.current, "unit": unit},
    }


def _unit_word(unit: Unit, n: int) -> str:
    if unit == "weeks":
        return ngettext("주", "주", n)
    return ngettext("달", "달", n) if unit == "months" else ngettext("일", "일", n)


def _freezes(streak: Streak) -> dict[str, str]:
    held = {"most": MOST_FREEZES, "n": streak.freezes}
    words = [_("이어서 %(n)d일마다 하나씩 생기고, 빈 날에 자동으로 쓰여요.") % {"n": DAYS_PER_FREEZE}]
    if streak.next_freeze:
        left = {"n": streak.next_freeze}
        words.append(ngettext("다음 지킴이까지 %(n)d일.", "다음 지킴이까지 %(n)d일.", left["n"]) % left)
    return {"text": _("%(most)d개 중 %(n)d개") % held, "how": " ".join(words)}


def _logs(user_habit: UserHabit, before: State | None) -> list[_Log]:
    logs = streak_cache.logs_after(user_habit, before).order_by("completed_at")
    return [_Log(*row) for row in logs.values_list(*_Log._fields)]


def _counts(logs: list[_Log]) -> dict[dt.date, int]:
    counts: dict[dt.date, int] = defaultdict(int)
    for log in logs:
        counts[log.local_date] += log.completed_count
    return counts


def _facts_by_day(
    user: User, user_habit: UserHabit, shown: list[Entry], logs: list[_Log]
) -> dict[dt.date | None, list[str]]:
    """By day, the facts beside its reason: time and mood of check-ins, added or edited later."""
    day_facts: dict[dt.date | None, list[str]] = defaultdict(list)
    if not shown:
        return day_facts
    first, last, calendar = shown[-1].day, shown[0].day, user.calendar
    # Of each day the last check-in.
    for log in {log.local_date: log for log in logs if first <= log.local_date <= last}.values():
        day_facts[log.local_date] = [time_format(calendar.local(log.completed_at).time(), "TIME_FORMAT")]
        if log.mood_score and user.shares_health:
            day_facts[log.local_date].append(_("기분 %(word)s") % {"word": word_of(MOODS, log.mood_score)})
    for day, kind in (
        user_habit.edits.filter(local_date__range=(first, last)).values_list("local_date", "kind").distinct()
    ):
        day_facts[day].append(str(_("나중에 기록함") if kind == HabitLogEdit.Kind.ADDED else _("나중에 고침")))
    return day_facts


def line(
    entry: Entry, user_habit: UserHabit, rests: list[HabitRest], day_facts: list[str], *, is_quiet: bool = False
) -> dict[str, Any]:
    """A day of the ledger; on a quiet day without its place in a streak."""
    share = _share(entry, user_habit.timeline.on(entry.day))
    why = "" if is_quiet else _why(entry, rests)
    return {
        "day": entry.day.isoformat(),
        "url": _day_url(user_habit.pk, entry.day),
        "date_text": _short_date(entry.day),
        "weekday_text": _weekday(entry.day),
        "reason": entry.reason.value,
        "title": TITLES[entry.reason](),
        "facts": [fact for fact in (*share, *day_facts, why) if fact],
        "run": "" if is_quiet else entry.run,
        "unit": "" if is_quiet else _unit_word(entry.unit, entry.run),
        "restart": entry.broke and not is_quiet,
        "is_plain": entry.reason is Reason.DONE and not entry.broke and not entry.earned and not is_quiet,
    }


def fold(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of the ledger with each run of plain done days as one line that opens.

    The newest line stays as it is.
    """
    folded = lines[:1]
    for is_plain, group in itertools.groupby(lines[1:], key=lambda one: one["is_plain"]):
        run = list(group)
        folded += [_folded(run)] if is_plain and len(run) >= FEWEST_FOLDED else run
    return folded


def _folded(run: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "lines": run,
        "date_text": run[0]["date_text"],
        "until_text": run[-1]["date_text"],
        "title": ngettext("%(n)d일 모두 했어요", "%(n)d일 모두 했어요", len(run)) % {"n": len(run)},
        "run": run[0]["run"],
        "unit": run[0]["unit"],
    }


def _day_url(user_habit_id: UUID, day: dt.date) -> str:
    # A page has fifty: reversing each takes as long as all the rest of its line.
    return f"{_habit_url(user_habit_id)}days/{day.isoformat()}/"


@lru_cache(maxsize=64)
def _habit_url(user_habit_id: UUID) -> str:
    return reverse("habits:habit", args=[user_habit_id])


@per_language
def _short_date(day: dt.date) -> str:
    return date_format(day, _("n.j"))


@per_language
def _weekday(day: dt.date) -> str:
    return date_format(day, _("l"))


def _share(entry: Entry, rule: Rule) -> list[str]:
    """ "8잔 중 5잔"; toward a total the amount of the day first, then the sum up to it."""
    if rule.schedule.totals:
        of_day = amount(entry.amount, rule.unit) if entry.amount else ""
        return [of_day, share_text(entry.tally, entry.target, rule.unit)]
    return [share_text(entry.amount, entry.target, rule.unit)] if entry.target > 1 else []


def _why(entry: Entry, rests: list[HabitRest]) -> str:
    if entry.broke:
        return _("지킴이가 없어서 여기서부터 다시 세어요")
    if entry.spent:
        return _("빈 날이라 지킴이 하나를 썼어요. 이어 온 날은 그대로예요")
    if entry.earned:
        return _("지킴이를 하나 얻었어요")
    if entry.reason is Reason.RESTED:
        return _why_rested(entry.day, rests)
    return {
        Reason.PARTLY: _("목표에 못 미친 날은 빈 날과 같아요"),
        Reason.NOT_DUE: _("하지 않아도 되는 날이에요"),
        Reason.OPEN: _("오늘 안에 하면 이어져요"),
    }.get(entry.reason, "")


def _why_rested(day: dt.date, rests: list[HabitRest]) -> str:
    covering = [rest for rest in rests if rest.covers(day)]
    if any(rest.user_habit_id is None for rest in covering):
        return _("모든 습관을 쉬었어요. 끊지도, 더하지도 않아요")
    if any(rest.kind == HabitRest.Kind.SKIP for rest in covering):
        return _("하루 쉬어 갔어요. 끊지도, 더하지도 않아요")
    if any(rest.kind == HabitRest.Kind.LIMIT for rest in covering):
        return _("요금제의 한도를 넘어 볼 수만 있던 날이에요. 끊지도, 더하지도 않아요")
    return _("쉼은 끊지도, 더하지도 않아요")


def first_of_month(day: dt.date, *, today: dt.date) -> dt.date:
    """The first day of the month of `day`, kept between FURTHEST before today and today."""
    return min(max(day, today - FURTHEST), today).replace(day=1)


def month_of(
    user_habit: UserHabit,
    reason_on: Callable[[dt.date], Reason | None],
    calendar: Calendar,
    *,
    today: dt.date,
    first: dt.date,
) -> dict[str, Any]:
    """The month that begins on `first` as a calendar; each day up to today links to its page."""
    return month_calendar(
        first,
        calendar,
        today=today,
        here=reverse("habits:habit", args=[user_habit.pk]),
        cell=lambda day: _cell(user_habit, reason_on(day), day, today=today),
    )


def _cell(user_habit: UserHabit, reason: Reason | None, day: dt.date, *, today: dt.date) -> dict[str, Any]:
    return {
        "number": day.day,
        "reason": reason.value if reason else "not_due",
        "label": TITLES[reason]() if reason else _("기록이 없어요"),
        "url": _day_url(user_habit.pk, day) if day <= today else "",
        "is_today": day == today,
    }


def _rest(user_habit: UserHabit, rests: list[HabitRest], *, day: dt.date) -> dict[str, Any]:
    """Current and planned rests, each with a way to end it.

    The plan's limit ends with the plan.
    """
    coming = [rest for rest in rests if rest.ends_on is None or rest.ends_on >= day]
    return {
        "items": [rest_item(rest, day=day) for rest in coming if rest.kind != HabitRest.Kind.LIMIT],
        "paused": pauses.is_paused(rests, user_habit, day=day),
    }


def rest_item(rest: HabitRest, *, day: dt.date) -> dict[str, str]:
    begun = rest.starts_on <= day
    first, last = date_format(rest.starts_on, _("n월 j일")), rest.ends_on and date_format(rest.ends_on, _("n월 j일"))
    if rest.kind == HabitRest.Kind.SKIP:
        text = _("오늘 쉬어요") if rest.starts_on == day else _("%(day)s 하루 쉬어요") % {"day": first}
    elif last is None:
        text = _("%(day)s부터 쉬어요") % {"day": first}
    else:
        text = _("%(first)s부터 %(last)s까지 쉬어요") % {"first": first, "last": last}
    return {
        "text": text,
        "scope": "" if rest.user_habit_id else _("모든 습관"),
        "end_url": reverse("habits:end-rest", args=[rest.pk]),
        "end_text": _("쉼 끝내기") if begun and rest.kind == HabitRest.Kind.PAUSE else _("쉼 취소"),
    }


def _actions(user_habit: UserHabit, rests: list[HabitRest], *, day: dt.date) -> list[dict[str, Any]]:
    status, pk = UserHabit.Status, user_habit.pk
    resume = {"icon": "play", "text": _("다시 시작하기"), "url": reverse("habits:status", args=[pk, status.ACTIVE])}
    archive = {"icon": "archive", "text": _("보관하기"), "url": reverse("habits:status", args=[pk, status.ARCHIVED])}
    if user_habit.is_archived:
        return [resume]
    if pauses.is_paused(rests, user_habit, day=day):
        by_all = pauses.pause_on(rests, user_habit, day=day)
        # A pause of all habits ends for all; its own line offers that.
        return [archive] if by_all and by_all.user_habit_id is None else [resume, archive]
    actions = [{"icon": "pause", "text": _("여러 날 쉬기"), "dialog_url": reverse("habits:pause", args=[pk])}, archive]
    if not any(rest.covers(day) for rest in rests):
        skip = reverse("habits:skip", args=[pk, day.isoformat()])
        actions.insert(0, {"icon": "leaf", "text": _("오늘 쉬기"), "url": skip})
    return actions
