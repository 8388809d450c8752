"""The page Today: habits as rows in groups, the ring of the day, the week so far.

    page(user, now=…)                     the whole page
    check_in_context(outcome, checked=…)  the answer to a tap: the row and a toast
    around(outcome, now=…)                what the tap changed besides the row: the ring, the sum of its group, the bell

Everything is computed here from the cached streaks and one week of logs; the template only places it. The rows are in
today_rows.py, the ring and the sums in day_progress.py.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4
from zlib import crc32

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts.days import ONE_DAY, Calendar, reach
from accounts.models import User
from core.db.compiled_queries import Compiled
from core.db.partitions import Month
from core.josa import josa
from core.text_format import per_language
from gamification.models import Achievement
from habits import checkins, pauses, streak_cache
from habits.day_totals import HabitDays
from habits.models import Habit, PartOfDay, UserHabit
from habits.other_habits import MOST_ROWS
from habits.pages import day_progress, milestones
from habits.pages.today_rows import Row, RowState, past_day_url, row, row_of, today_url
from habits.streaks import Reason
from notifications import holds, inbox
from notifications.pages import bell

GROUP_ICONS = {
    PartOfDay.MORNING: "sunrise",
    PartOfDay.AFTERNOON: "sun",
    PartOfDay.EVENING: "moon",
    PartOfDay.ANYTIME: "infinity",
}
# Streaks whose achievement gets more than a toast.
ROUND_STREAKS = (7, 30, 100)
# How many rows of the first group are drawn when there are more than MOST_ROWS in all.
SHOWN_FOLDED = 12
# The group that comes first at each part of the day.
AT_HAND = {"morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "evening"}


# The amounts of the days before today in the week strip. The months are literals: with parameters PostgreSQL could not
# tell at planning time that only three partitions matter, and each run would lock all of ten years.
_DAYS = """
    (SELECT json_object_agg(local_date, done)
    FROM (
        SELECT local_date, sum(completed_count) AS done FROM habit_logs
        WHERE user_habit_id = user_habits.id AND local_date >= %s AND local_date < %s
            AND completed_at >= '{since}T00:00Z' AND completed_at < '{until}T00:00Z'
        GROUP BY local_date
    ) AS day)
"""


@lru_cache(maxsize=8)
def _habits_to_show(month: Month, *, is_translated: bool) -> Compiled[UserHabit]:
    """The habits of a person for Today, in one statement, for a week that begins in `month`.

    Paused habits are included: whether they are paused depends on the day. So are those that were archived within the
    week, for its strip.
    """
    # A local day is within one day of its date in UTC, so its instants may be in the month before or after.
    days = _DAYS.format(since=month.plus(-1).first, until=month.plus(2).first)
    return Compiled(
        lambda person, first, since, today, now: (
            streak_cache.with_rests(UserHabit.objects.filter(user=person).lived_since(since), day=first)
            .annotate(
                days=RawSQL(days, [first, today]),  # noqa: S611 -- a text of ours
                unread=ArraySubquery(inbox.unread(person, now).values("pk")),
            )
            .for_today(is_translated=is_translated)
            .order_by("sort_order", "created_at", "id")
        ),
        person=uuid4(),
        first=dt.date(1970, 1, 2),
        since=dt.datetime(1970, 1, 4, tzinfo=dt.UTC),
        today=dt.date(1970, 1, 3),
        now=dt.datetime.max.replace(tzinfo=dt.UTC),
    )


@dataclass(frozen=True, slots=True)
class Board:
    """The habits of a person's Today, with all that the page says about them."""

    today: dt.date
    states: list[RowState]
    weeks: list[HabitDays]
    unread: int
    # Habits that rest in a pause, and are not in `states`.
    paused: int

    @property
    def is_empty(self) -> bool:
        return not self.states and not self.paused


def page(user: User, *, now: dt.datetime, opened: str = "") -> dict[str, Any]:
    """The context of the page.

    With more than MOST_ROWS rows groups are folded, except the one whose key is `opened`.
    """
    board = _board(user, now=now)
    today, part = board.today, user.calendar.part_of_day(now)
    by_key = _by_group(board.states, at_hand=AT_HAND[part])
    groups, ring = _groups(by_key, opened=opened), _ring(by_key)
    notes = _notes(board)
    if _shows_streaks(groups, notes) and holds.is_held(user, now):
        notes = []
        _hush([row for group in groups for row in group["rows"]])
    return {
        "date_text": day_progress.date_text(today),
        "greeting": greeting(user.name, today, part_of_day=part),
        "week": day_progress.week(board.weeks, _week(user, today), today=today, ring=ring),
        "yesterday_url": _yesterday_url(user, today),
        "groups": groups,
        "group": next((group for group in groups if group["key"] == opened), None),
        "ring": ring,
        "notes": [*_look_back(user, board, now=now), *notes, *_read_only(board)],
        "paused": _paused(board.paused),
        "empty": board.is_empty,
        "bell": bell.of_count(board.unread),
    }


def _week(user: User, today: dt.date) -> list[dt.date]:
    first = user.calendar.week_of(today)
    return [first + n * ONE_DAY for n in range(7)]


def _yesterday_url(user: User, today: dt.date) -> str:
    """On the first day of a week, whose strip has no past day to open; empty on other days and before the sign-up."""
    yesterday = today - ONE_DAY
    is_first = user.calendar.week_of(today) == today
    return past_day_url(yesterday) if is_first and user.calendar.day_of(user.created_at) <= yesterday else ""


def _board(user: User, *, now: dt.datetime) -> Board:
    calendar = user.calendar
    today = calendar.day_of(now)
    week = _week(user, today)
    since, _until = reach(week[0], week[0])
    read = _habits_to_show(Month.of(week[0]), is_translated=Habit.is_translated())
    at_hand: list[Any] = read(person=user.pk, first=week[0], since=since, today=today, now=now)
    states, weeks, paused = [], [], 0
    for habit in at_hand:
        found = streak_cache.rests_around(habit)
        rests = streak_cache.days_of(found, habit)
        weeks.append(_days_before(habit, rests, week, calendar=calendar))
        if habit.is_archived:
            continue
        if pauses.is_paused(found, habit, day=today):
            paused += 1
        else:
            states.append(RowState.of(habit, streak_cache.current(habit, today=today, calendar=calendar, rests=rests)))
    unread = len(at_hand[0].unread) if at_hand else inbox.unread(user.pk, now).count()
    return Board(today, states, weeks, unread, paused)


def _days_before(habit: Any, rests: streak_cache.Rests, week: list[dt.date], *, calendar: Calendar) -> HabitDays:
    """The days of the week before today."""
    done = {dt.date.fromisoformat(day): count for day, count in (habit.days or {}).items()}
    return streak_cache.habit_days(habit, calendar=calendar, counts=done, rests=rests, first=week[0], last=week[-1])


def _board_of_rows(outcome: checkins.Outcome, *, today: dt.date) -> Board | None:
    """From the rows that were read with the check-in, without the week; None where there are none."""
    context, calendar = outcome.context, outcome.user_habit.user.calendar
    # What an achievement adds to the inbox was not there when the rows were read.
    if context.rows is None or outcome.unlocked:
        return None
    board = Board(today, [], [], context.rows.unread, 0)
    for habit in context.rows.habits:
        if habit.started_on and habit.started_on > today:
            # After a journey westwards: only the logs of the week tell whether it has begun.
            return None
        if pauses.is_paused(context.rests, habit, day=today):
            continue
        rests, standing = streak_cache.days_of(context.rests, habit), outcome.standing
        if habit is not outcome.user_habit:
            standing = streak_cache.current(habit, today=today, calendar=calendar, rests=rests)
        board.states.append(RowState.of(habit, standing))
    return board


def is_folded(outcome: checkins.Outcome) -> bool:
    """Whether the person has too many habits to answer their tap with the ring and the sums."""
    return outcome.context.others.active >= MOST_ROWS


def around(outcome: checkins.Outcome, *, now: dt.datetime) -> dict[str, Any]:
    """The parts of Today that a check-in changes besides its row, as they are after it.

    `now` is a time after the check-in.
    """
    user = outcome.user_habit.user
    today = user.calendar.day_of(now)
    board = _board_of_rows(outcome, today=today) or _board(user, now=now)
    return _around(user, board, [_group_key(RowState.of(outcome.user_habit, outcome.standing))], now=now)


def around_all(user: User, *, now: dt.datetime) -> dict[str, Any]:
    """The same parts with the sums of all groups, where something has changed elsewhere."""
    board = _board(user, now=now)
    return _around(user, board, list(dict.fromkeys(map(_group_key, board.states))), now=now)


def _around(user: User, board: Board, keys: list[str], *, now: dt.datetime) -> dict[str, Any]:
    by_key: dict[str, list[RowState]] = {key: [] for key in keys}
    for state in board.states:
        if (key := _group_key(state)) in by_key:
            by_key[key].append(state)
    ring = _ring(_by_group(board.states, at_hand=AT_HAND[user.calendar.part_of_day(now)]))
    return {
        "ring": ring,
        "groups": [{"key": key, "summary": day_progress.summary(its)} for key, its in by_key.items()],
        "day": day_progress.this_day(ring, board.today),
        "bell_text": bell.of_count(board.unread)["text"],
        # Answers to quick taps may arrive in another order; js/app.js keeps what is newest.
        "at": round(now.timestamp() * 1000),
    }


def check_in_context(outcome: checkins.Outcome, *, checked: bool) -> dict[str, Any]:
    """The answer to a check-in: the row, and a toast that can undo it."""
    its_row, badges = _row_and_badges(outcome)
    if not checked:
        return {"row": its_row, "toast": {"text": _("되돌렸어요.")}, "unlocked": []}
    its_row.just_done = its_row.state == "done"
    if its_row.just_done and outcome.user_habit.user.shares_health:
        its_row.after = after_check_in(outcome.user_habit.pk, outcome.log_id, step="mood")
    undo: dict[str, Any] = {"text": _("체크했어요."), "undo_url": its_row.undo_url, "undo_target": f"#row-{its_row.id}"}
    undo |= {"focus": f"ink-{its_row.id}", "dialog_url": f"{its_row.url}logs/{outcome.log_id}/"}
    undo |= {"log": outcome.log_id, "moment": _moment(its_row)}
    return {"row": its_row, "toast": undo, "unlocked": badges}


def total_context(outcome: checkins.Outcome, *, was_done: bool) -> dict[str, Any]:
    """The answer to an amount entered as a number: the row, and a toast or a moment.

    `was_done`: the amount before it reached the target too, so that nothing was done just now.
    """
    its_row, badges = _row_and_badges(outcome)
    its_row.just_done = its_row.state == "done" and not was_done
    return {"row": its_row, "toast": {"text": _("저장했어요."), "moment": _moment(its_row)}, "unlocked": badges}


def _moment(its_row: Row) -> dict[str, Any] | None:
    """That of a streak which the row has just reached. A row without its streak is one of a quiet day."""
    return milestones.moment(its_row) if its_row.just_done and its_row.streak_text else None


def _is_large(badge: Achievement) -> bool:
    """Whether it gets more than a toast: it is rare, or a streak of 7, 30 or 100 days."""
    rule = badge.criteria
    is_round = isinstance(rule, dict) and rule.get("kind") == "streak_days" and rule.get("need") in ROUND_STREAKS
    return is_round or badge.rarity != Achievement.Rarity.COMMON


def _row_and_badges(outcome: checkins.Outcome) -> tuple[Row, list[dict[str, Any]]]:
    """The row after a check-in, and the badges to show.

    A quiet day, which follows words of danger, shows neither streak nor badges; the badges are kept, and their page
    shows them.
    """
    its_row = row(outcome.user_habit, outcome.standing)
    if (its_row.streak_text or outcome.unlocked) and holds.is_held(outcome.user_habit.user, timezone.now()):
        its_row.streak_text = ""
        return its_row, []
    return its_row, [_badge(badge) for badge in outcome.unlocked]


def _badge(badge: Achievement) -> dict[str, Any]:
    return {
        "badge_text": badge.letters,
        "icon": badge.icon,
        "color": badge.color,
        "rarity": badge.rarity,
        "name": badge.text("name"),
        "url": reverse("gamification:achievement", args=[badge.pk]),
        "rarity_text": str(badge.get_rarity_display()),
        "description": badge.text("description"),
        "is_large": _is_large(badge),
    }


def refusal_context(user: User, user_habit: UserHabit, *, reason: str, now: dt.datetime) -> dict[str, Any]:
    """The unchanged row with the reason."""
    calendar, day = user.calendar, user.calendar.day_of(now)
    rests = streak_cache.rests_of(user_habit)
    its_row = row(user_habit, streak_cache.current(user_habit, today=day, calendar=calendar, rests=rests))
    if its_row.streak_text and holds.is_held(user, now):
        its_row.streak_text = ""
    its_row.error = reason
    return {"row": its_row, "toast": None, "unlocked": []}


def after_check_in(user_habit_id: UUID, log_id: UUID, *, step: str) -> dict[str, str]:
    """The question after a check-in: first mood, then energy."""
    return {
        "step": step,
        "url": reverse("habits:describe", args=[user_habit_id, log_id]),
        "more_url": reverse("habits:log", args=[user_habit_id, log_id]),
    }


_GREETINGS = {
    "morning": gettext_lazy("가벼운 %(weekday)s 아침이에요, %(name)s 님"),
    "afternoon": gettext_lazy("느긋한 %(weekday)s 오후예요, %(name)s 님"),
    "evening": gettext_lazy("차분한 %(weekday)s 저녁이에요, %(name)s 님"),
    "night": gettext_lazy("고요한 %(weekday)s 밤이에요, %(name)s 님"),
}


_NAMELESS = {
    "morning": gettext_lazy("가벼운 %(weekday)s 아침이에요"),
    "afternoon": gettext_lazy("느긋한 %(weekday)s 오후예요"),
    "evening": gettext_lazy("차분한 %(weekday)s 저녁이에요"),
    "night": gettext_lazy("고요한 %(weekday)s 밤이에요"),
}


def greeting(name: str, day: dt.date, *, part_of_day: str) -> str:
    texts = _GREETINGS if name else _NAMELESS
    return str(texts[part_of_day]) % {"weekday": _weekday_text(day), "name": name}


@per_language
def _weekday_text(day: dt.date) -> str:
    return date_format(day, "l")


def _groups(by_key: dict[str, list[RowState]], *, opened: str) -> list[dict[str, Any]]:
    shown = _rows_shown({key: len(its) for key, its in by_key.items()}, opened=opened)
    return [_group(key, its, shown=shown[key]) for key, its in by_key.items()]


def _by_group(states: list[RowState], *, at_hand: str) -> dict[str, list[RowState]]:
    """The group of this part of the day first, then open ones, then finished ones.

    Named groups are of the person's own, the others of the parts of the day.
    """
    by_key: dict[str, list[RowState]] = {}
    for state in states:
        by_key.setdefault(_group_key(state), []).append(state)
    named = [key for key, its in by_key.items() if its[0].group_name]
    in_order = [*named, *(part.value for part in PartOfDay if part.value in by_key)]
    in_order.sort(key=lambda key: _order(by_key[key], at_hand=at_hand))
    return {key: by_key[key] for key in in_order}


def _group_key(state: RowState) -> str:
    return f"own-{crc32(state.group_name.encode())}" if state.group_name else state.part_of_day


def _rows_shown(sizes: dict[str, int], *, opened: str) -> dict[str, int]:
    """How many rows of each group are drawn: all, or with more than MOST_ROWS the first of the first group."""
    if sum(sizes.values()) <= MOST_ROWS:
        return sizes
    first = next(iter(sizes))
    return {
        key: size if key == opened else min(size, SHOWN_FOLDED) if key == first else 0 for key, size in sizes.items()
    }


def _group(key: str, its: list[RowState], *, shown: int) -> dict[str, Any]:
    name, part = its[0].group_name, its[0].part_of_day
    return {
        "key": key,
        "title": name or str(PartOfDay(part).label),
        "icon": "layers" if name else GROUP_ICONS[PartOfDay(part)],
        "summary": day_progress.summary(its),
        "rows": [row_of(state) for state in its[:shown]],
        "open_url": f"{today_url()}?open={key}" if shown < len(its) else "",
        "open_text": _open_text(len(its) - shown, shown),
    }


@per_language
def _open_text(hidden: int, shown: int) -> str:
    if shown:
        return ngettext("%(n)d개 더 보기", "%(n)d개 더 보기", hidden) % {"n": hidden}
    return ngettext("%(n)d개 펼치기", "%(n)d개 펼치기", hidden) % {"n": hidden}


def _ring(by_key: dict[str, list[RowState]]) -> dict[str, Any]:
    """The ring, whose words name first what is in the group at hand."""
    return day_progress.ring([state for its in by_key.values() for state in its])


def _order(its: list[RowState], *, at_hand: str) -> tuple[bool, bool, int]:
    """The sort key of a group. A named group takes the place of its first habit."""
    finished = not any(state.needed for state in its)
    parts = [state.part_of_day for state in its]
    return finished, at_hand not in parts, list(PartOfDay).index(PartOfDay(parts[0]))


def _look_back(user: User, board: Board, *, now: dt.datetime) -> list[dict[str, str]]:
    """On Sunday evening, the way to the page of the week."""
    if board.is_empty or not day_progress.is_week_over(user.calendar, now):
        return []
    url = reverse("analytics:week")
    text = _("한 주가 저물어요. 이번 주는 어땠는지 돌아볼까요?")
    return [{"kind": "", "icon": "sunset", "text": text, "url": url, "link_text": _("한 주 돌아보기")}]


def _shows_streaks(groups: list[dict[str, Any]], notes: list[dict[str, str]]) -> bool:
    """Whether the page would speak of a streak. Only then is asked whether it may."""
    return bool(notes) or any(row.streak_text for group in groups for row in group["rows"])


def _hush(rows: list[Row]) -> None:
    """Takes the streaks out of the rows."""
    for one in rows:
        one.streak_text = ""


def _notes(board: Board) -> list[dict[str, str]]:
    """A note on the day after a freeze was used."""
    yesterday = board.today - ONE_DAY
    kept = [state for state in board.states if state.standing.streak.protected_on == yesterday]
    if not kept:
        return []
    streak = kept[0].standing.streak
    length = streak.current - (streak.today is Reason.DONE and streak.unit == "days")
    name, url = kept[0].name, f"{reverse('habits:habit', args=[kept[0].user_habit.pk])}#ledger"
    if get_language() == "ko":
        name = josa(name, "은/는")
    if len(kept) > 1:
        text = _("어제 %(name)s 등 %(n)d개를 지킴이가 지켰어요. 이어 온 날은 그대로예요.")
        text %= {"name": kept[0].name, "n": len(kept)}
    elif streak.unit == "weeks":
        text = _("지난주 %(name)s 지킴이가 지켰어요. %(n)d주는 그대로예요.") % {"name": name, "n": length}
    elif streak.unit == "months":
        text = _("지난달 %(name)s 지킴이가 지켰어요. %(n)d달은 그대로예요.") % {"name": name, "n": length}
    else:
        text = _("어제 %(name)s 지킴이가 지켰어요. %(n)d일은 그대로예요.") % {"name": name, "n": length}
    return [{"kind": "", "icon": "shield", "text": text, "url": url, "link_text": _("왜 그런지 보기")}]


def _read_only(board: Board) -> list[dict[str, str]]:
    """Where the plan allows fewer habits than there are: which go on is the person's choice."""
    count = sum(state.user_habit.is_read_only for state in board.states)
    if not count:
        return []
    text = ngettext(
        "요금제의 한도를 넘은 습관 %(n)d개는 지금 볼 수만 있어요.",
        "요금제의 한도를 넘은 습관 %(n)d개는 지금 볼 수만 있어요.",
        count,
    ) % {"n": count}
    link = {"url": reverse("habits:keep"), "link_text": _("계속할 습관 고르기")}
    return [{"kind": "", "icon": "info", "text": text, **link}]


def _paused(count: int) -> str:
    return ngettext("쉬는 중 %(n)d개", "쉬는 중 %(n)d개", count) % {"n": count} if count else ""
