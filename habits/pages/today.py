"""The page Today: habits as rows in groups, the ring of the day, the week so far.

Everything is computed here from the cached streaks and one week of logs; the template only places it.
"""

import dataclasses
import datetime as dt
from functools import cache, lru_cache
from typing import Any
from uuid import UUID, uuid4
from zlib import crc32

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from uuid6 import uuid7

from accounts.days import ONE_DAY
from accounts.models import User
from core.db.compiled_queries import Compiled
from core.db.partitions import Month
from core.josa import josa
from core.text_format import amount, facts, per_language
from habits import checkins, pauses, streak_cache, streaks
from habits.models import PartOfDay, UserHabit
from habits.schedules import SMALL_TARGET, Rule, Timeline
from habits.streak_cache import HabitStanding, Rests
from habits.streaks import Reason
from notifications import inbox
from notifications.pages import bell

GROUP_ICONS = {
    PartOfDay.MORNING: "sunrise",
    PartOfDay.AFTERNOON: "sun",
    PartOfDay.EVENING: "moon",
    PartOfDay.ANYTIME: "infinity",
}
# The state of a row whose day is done or asks for nothing.
STATES = {Reason.DONE: "done", Reason.RESTED: "rest", Reason.NOT_DUE: "rest"}
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
def _at_hand(month: Month) -> Compiled[UserHabit]:
    """The habits of a person for Today, in one statement, for a week that begins in `month`.

    Paused habits are included: whether they are paused depends on the day.
    """
    # A local day is within one day of its date in UTC, so its instants may be in the month before or after.
    days = _DAYS.format(since=month.plus(-1).first, until=month.plus(2).first)
    return Compiled(
        lambda person, first, today, now: (
            streak_cache.with_rests(UserHabit.objects.filter(user=person).counted(), day=first)
            .annotate(
                days=RawSQL(days, [first, today]),  # noqa: S611 -- a text of ours
                unread=ArraySubquery(inbox.unread(person, now).values("pk")),
            )
            .for_today()
            .order_by("sort_order", "created_at", "id")
        ),
        person=uuid4(),
        first=dt.date(1970, 1, 2),
        today=dt.date(1970, 1, 3),
        now=dt.datetime.max.replace(tzinfo=dt.UTC),
    )


@dataclasses.dataclass(slots=True)
class Row:
    id: str
    url: str
    name: str
    cat: str
    icon: str
    state: str  # open, done, rest, paused
    kind: str  # once, count, at_most
    count: int
    target: int
    unit: str
    streak_text: str
    meta: list[str]
    label: str
    check_url: str
    undo_url: str
    key: str
    step: int
    part_of_day: str
    group_name: str
    freezes: int
    total_url: str
    just_done: bool = False
    after: dict[str, str] | None = None
    error: str | None = None

    @property
    def needed(self) -> bool:
        """Something is left to do today."""
        return self.state == "open" and self.kind != "at_most"

    @property
    def can_lessen(self) -> bool:
        """The row has an undo button: an `at_most` habit has no other way to take back a check-in."""
        return self.kind == "at_most" and self.count > 0

    @property
    def wants_number(self) -> bool:
        """The target is too large for taps alone."""
        return self.kind != "once" and self.target > SMALL_TARGET

    @property
    def arc(self) -> str:
        if self.state == "open":
            return "part" if self.count else "open"
        return self.state


def page(user: User, *, now: dt.datetime) -> dict[str, Any]:
    """The context of the page."""
    calendar = user.calendar
    today, part = calendar.day_of(now), calendar.part_of_day(now)
    week = [calendar.week_of(today) + n * ONE_DAY for n in range(7)]
    at_hand: list[Any] = _at_hand(Month.of(week[0]))(person=user.pk, first=week[0], today=today, now=now)
    found = {habit.pk: streak_cache.rests_around(habit) for habit in at_hand}
    habits = [habit for habit in at_hand if not pauses.is_paused(found[habit.pk], habit, day=today)]
    rests = {habit.pk: streak_cache.days_of(found[habit.pk], habit) for habit in habits}
    standings = {
        habit.pk: streak_cache.current(habit, today=today, calendar=calendar, rests=rests[habit.pk]) for habit in habits
    }
    rows = [row(habit, standings[habit.pk]) for habit in habits]
    return {
        "date_text": _date_text(today),
        "greeting": greeting(user.name, today, part_of_day=part),
        "week": _week(habits, week, rests, standings, today=today),
        "groups": _groups(rows, at_hand=AT_HAND[part]),
        "ring": _ring(rows),
        "notes": _notes(habits, standings, today=today),
        "paused": _paused(len(at_hand) - len(habits)),
        "empty": not at_hand,
        "bell": bell.of_count(len(at_hand[0].unread)) if at_hand else bell.bell(user, now=now),
    }


def check_in_context(outcome: checkins.Outcome, *, checked: bool) -> dict[str, Any]:
    """The answer to a check-in: the row, and a toast that can undo it."""
    its_row = row(outcome.user_habit, outcome.standing)
    if not checked:
        return {"row": its_row, "toast": {"text": _("되돌렸어요.")}, "unlocked": []}
    its_row.just_done = its_row.state == "done"
    if its_row.just_done and outcome.user_habit.user.shares_health:
        its_row.after = after_check_in(outcome.user_habit.pk, outcome.log_id, step="mood")
    undo = {"text": _("적었어요."), "undo_url": its_row.undo_url, "undo_target": f"#row-{its_row.id}"}
    undo |= {"focus": f"ink-{its_row.id}", "dialog_url": f"{its_row.url}logs/{outcome.log_id}/"}
    unlocked = [
        {
            "badge_text": badge.letters,
            "rarity": badge.rarity,
            "name": badge.text("name"),
            "url": reverse("gamification:achievement", args=[badge.pk]),
        }
        for badge in outcome.unlocked
    ]
    return {"row": its_row, "toast": undo | {"log": outcome.log_id}, "unlocked": unlocked}


def refusal_context(user: User, user_habit: UserHabit, *, reason: str, now: dt.datetime) -> dict[str, Any]:
    """The unchanged row with the reason."""
    calendar, day = user.calendar, user.calendar.day_of(now)
    rests = streak_cache.rests_of(user_habit)
    its_row = row(user_habit, streak_cache.current(user_habit, today=day, calendar=calendar, rests=rests))
    its_row.error = reason
    return {"row": its_row, "toast": None, "unlocked": []}


def after_check_in(user_habit_id: UUID, log_id: UUID, *, step: str) -> dict[str, str]:
    """The question after a check-in: first mood, then energy."""
    return {
        "step": step,
        "url": reverse("habits:describe", args=[user_habit_id, log_id]),
        "more_url": reverse("habits:log", args=[user_habit_id, log_id]),
    }


def row(user_habit: UserHabit, now_stands: HabitStanding) -> Row:
    """The row of one habit today."""
    rule, streak = user_habit.rule, now_stands.streak
    count = streak.tally if rule.schedule.totals else now_stands.count
    kind = _kind(rule)
    state = _state(rule, streak, kind, now_stands.count)
    name, key = user_habit.name, str(user_habit.pk)
    base = f"{_today_url()}{key}/"
    return Row(
        id=key,
        url=base,
        name=name,
        cat=user_habit.habit.category.name_en,
        icon=user_habit.icon,
        state=state,
        kind=kind,
        count=count,
        target=rule.target,
        unit=rule.unit,
        streak_text=streak_text(streak.current, streak.unit),
        meta=_meta(user_habit, rule, streak, state, kind, count),
        label=_label(name, rule, state, kind, count),
        check_url=f"{base}check-in/",
        undo_url=f"{base}undo/",
        key=str(uuid7()),
        step=rule.step,
        part_of_day=user_habit.part_of_day,
        group_name=user_habit.group_name or "",
        freezes=streak.freezes,
        total_url=f"{base}total/",
    )


def _kind(rule: Rule) -> str:
    if rule.direction == "at_most":
        return "at_most"
    return "count" if rule.target > 1 or rule.schedule.totals else "once"


def _state(rule: Rule, streak: streaks.Streak, kind: str, count: int) -> str:
    """`count` is today's.

    Toward a total the row is open until it is reached, whatever was done today.
    """
    state = STATES.get(streak.today, "open")
    if rule.schedule.totals and kind != "at_most" and state != "rest":
        if not rule.is_full(streak.tally):
            return "open"
        return "done" if count else "rest"
    # Shown as done once the amount is reached, even on a day that is not due.
    if state == "rest" and kind != "at_most" and rule.met(count):
        return "done"
    return state


@cache
def _today_url() -> str:
    """Cached: a page of ten rows needs it ten times."""
    return reverse("habits:today")


@per_language
def streak_text(length: int, unit: str) -> str:
    """ "12일째", "6주째", "3달째", and empty without a streak."""
    if not length:
        return ""
    if unit == "weeks":
        return ngettext("%(n)d주째", "%(n)d주째", length) % {"n": length}
    if unit == "months":
        return ngettext("%(n)d달째", "%(n)d달째", length) % {"n": length}
    return ngettext("%(n)d일째", "%(n)d일째", length) % {"n": length}


_GREETINGS = {
    "morning": gettext_lazy("가벼운 %(weekday)s 아침이에요, %(name)s 님"),
    "afternoon": gettext_lazy("느긋한 %(weekday)s 오후예요, %(name)s 님"),
    "evening": gettext_lazy("차분한 %(weekday)s 저녁이에요, %(name)s 님"),
    "night": gettext_lazy("고요한 %(weekday)s 밤이에요, %(name)s 님"),
}


def greeting(name: str, day: dt.date, *, part_of_day: str) -> str:
    return str(_GREETINGS[part_of_day]) % {"weekday": _weekday_text(day), "name": name}


def _meta(user_habit: UserHabit, rule: Rule, streak: streaks.Streak, state: str, kind: str, count: int) -> list[str]:
    """The small words under the name, the most useful first, at most two."""
    words = [] if rule.schedule.totals else _amount_words(rule, state, kind, count)
    if (state != "rest" or rule.schedule.totals) and (progress := rule.progress(streak.tally)):
        words.append(progress)
    if rule.schedule.totals and kind == "at_most" and rule.is_full(streak.tally):
        words.append(_("이미 넘었어요"))
    if streak.protected:
        words.append(ngettext("지킴 %(n)d일", "지킴 %(n)d일", streak.protected) % {"n": streak.protected})
    if streak.rested:
        words.append(ngettext("쉼 %(n)d일", "쉼 %(n)d일", streak.rested) % {"n": streak.rested})
    if user_habit.anchor:
        words.append(user_habit.anchor)
    elif user_habit.reminder_times and state == "open":
        words.append(user_habit.reminder_times[0])
    return words[:2]


def _amount_words(rule: Rule, state: str, kind: str, count: int) -> list[str]:
    if state == "rest":
        return [str(rule.schedule), _("오늘은 쉬는 날")]
    if kind == "at_most" and rule.target and not count:
        return [_("%(amount)s까지 괜찮아요") % {"amount": amount(rule.target, rule.unit)}]
    if kind == "at_most":
        done = _("%(amount)s 했어요") % {"amount": amount(count, rule.unit)}
        return [done, _("아직 괜찮아요") if rule.met(count) else _("오늘은 넘었어요")]
    if kind == "count" and state == "open":
        return [_("%(amount)s 남았어요") % {"amount": amount(rule.target - count, rule.unit)}]
    return []


def _label(name: str, rule: Rule, state: str, kind: str, count: int) -> str:
    return _label_words(state, kind) % {"name": name, "count": count, "target": rule.target}


@per_language
def _label_words(state: str, kind: str) -> str:
    if state == "done":
        return _("%(name)s, 했어요. 누르면 되돌려요")
    if state == "rest":
        return _("%(name)s, 오늘은 쉬는 날이에요. 눌러서 체크할 수 있어요")
    if kind == "once":
        return _("%(name)s, 눌러서 체크하기")
    if kind == "at_most":
        return _("%(name)s, %(count)d/%(target)d. 눌러서 적기")
    return _("%(name)s, %(count)d/%(target)d. 눌러서 더하기")


def _groups(rows: list[Row], *, at_hand: str) -> list[dict[str, Any]]:
    """The group of this part of the day first, then open ones, then finished ones."""
    groups = [_group(f"own-{crc32(name.encode())}", name, "layers", rows) for name, rows in _by_name(rows).items()]
    loose = [row for row in rows if not row.group_name]
    for part in PartOfDay:
        its = [row for row in loose if row.part_of_day == part]
        groups.append(_group(part.value, str(part.label), GROUP_ICONS[part], its))
    groups = [group for group in groups if group["rows"]]
    groups.sort(key=lambda group: _order(group["rows"], at_hand=at_hand))
    return groups


def _by_name(rows: list[Row]) -> dict[str, list[Row]]:
    named: dict[str, list[Row]] = {}
    for row in rows:
        if row.group_name:
            named.setdefault(row.group_name, []).append(row)
    return named


def _group(key: str, title: str, icon: str, rows: list[Row]) -> dict[str, Any]:
    return {"key": key, "title": title, "icon": icon, "summary": _summary(rows), "rows": rows}


def _order(rows: list[Row], *, at_hand: str) -> tuple[bool, bool, int]:
    """The sort key of a group. A named group takes the place of its first habit."""
    finished = not any(row.needed for row in rows)
    parts = [row.part_of_day for row in rows]
    return finished, at_hand not in parts, list(PartOfDay).index(PartOfDay(parts[0]))


def _summary(rows: list[Row]) -> str:
    asked = [row for row in rows if row.state != "rest" and row.kind != "at_most"]
    return _summary_text(sum(row.needed for row in asked), len(asked))


@per_language
def _summary_text(left: int, asked: int) -> str:
    if not asked:
        return ""
    if not left:
        return ngettext("다 했어요", "%(n)d개 다 했어요", asked) % {"n": asked}
    if left == asked:
        return ngettext("%(n)d개 남았어요", "%(n)d개 남았어요", left) % {"n": left}
    return _("%(total)d개 중 %(done)d개") % {"total": asked, "done": asked - left}


def _ring(rows: list[Row]) -> dict[str, Any]:
    """The ring of the day.

    `at_most` habits are left out: their result is known when the day is over.
    """
    rows_to_do = [row for row in rows if row.kind != "at_most"] or rows
    asked = [row for row in rows_to_do if row.state != "rest"]
    done = sum(not row.needed for row in asked)
    left = [row.name for row in asked if row.needed]
    freezes = sum(row.freezes for row in rows)
    return {
        "done": done,
        "total": len(asked),
        "arcs": [{"cat": row.cat, "state": row.arc} for row in rows_to_do],
        "label": _("오늘 %(total)d개 중 %(done)d개 했어요") % {"total": len(asked), "done": done},
        "title": _ring_title(done, len(asked)),
        "text": _ring_text(left, any_asked=bool(asked)),
        "freezes_text": ngettext("지킴이 %(n)d개", "지킴이 %(n)d개", freezes) % {"n": freezes} if freezes else "",
    }


def _ring_title(done: int, total: int) -> str:
    if not total:
        return _("오늘은 쉬는 날이에요")
    if done == total:
        return _("오늘 몫을 다 했어요")
    if done * 2 >= total:
        return _("절반을 넘었어요") if done * 2 > total else _("절반까지 왔어요")
    return _("한 방울씩 스며들고 있어요") if done else _("천천히 시작해요")


def _ring_text(left: list[str], *, any_asked: bool) -> str:
    if not any_asked:
        return _("푹 쉬어도 이어 온 날은 그대로예요.")
    if not left:
        return _("남은 하루는 느긋하게 보내요.")
    if len(left) > 2:
        return _("%(first)s부터 해 볼까요? 서두르지 않아도 돼요.") % {"first": left[0]}
    names = facts(left)
    if get_language() == "ko":
        names = josa(names, "이/가")
    return _("%(names)s 남았어요. 서두르지 않아도 돼요.") % {"names": names}


def _notes(habits: list[UserHabit], standings: dict[Any, HabitStanding], *, today: dt.date) -> list[dict[str, str]]:
    """A note on the day after a freeze was used."""
    yesterday = today - ONE_DAY
    kept = [habit for habit in habits if standings[habit.pk].streak.protected_on == yesterday]
    if not kept:
        return []
    streak = standings[kept[0].pk].streak
    length = streak.current - (streak.today is Reason.DONE and streak.unit == "days")
    name, url = kept[0].name, f"{reverse('habits:habit', args=[kept[0].pk])}#ledger"
    if get_language() == "ko":
        name = josa(name, "은/는")
    if len(kept) > 1:
        others = len(kept) - 1
        text = ngettext(
            "어제 %(name)s 말고도 %(n)d개를 지킴이가 지켰어요. 이어 온 날은 그대로예요.",
            "어제 %(name)s 말고도 %(n)d개를 지킴이가 지켰어요. 이어 온 날은 그대로예요.",
            others,
        ) % {"name": kept[0].name, "n": others}
    elif streak.unit == "weeks":
        text = _("지난주 %(name)s 지킴이가 지켰어요. %(n)d주는 그대로예요.") % {"name": name, "n": length}
    elif streak.unit == "months":
        text = _("지난달 %(name)s 지킴이가 지켰어요. %(n)d달은 그대로예요.") % {"name": name, "n": length}
    else:
        text = _("어제 %(name)s 지킴이가 지켰어요. %(n)d일은 그대로예요.") % {"name": name, "n": length}
    return [{"kind": "", "icon": "shield", "text": text, "url": url, "link_text": _("왜 그런지 보기")}]


def _paused(count: int) -> str:
    return ngettext("쉬는 중 %(n)d개", "쉬는 중 %(n)d개", count) % {"n": count} if count else ""


def _week(
    habits: list[Any],
    days: list[dt.date],
    rests: dict[Any, Rests],
    standings: dict[Any, HabitStanding],
    *,
    today: dt.date,
) -> list[dict[str, Any]]:
    weeks = []
    for habit in habits:
        # A day added before the start begins the habit earlier, within the days of this week.
        done = {dt.date.fromisoformat(day): count for day, count in (habit.days or {}).items()}
        began_on = min([habit.started_on, *done]) if habit.started_on else days[0]
        done[today] = standings[habit.pk].count
        rested = streaks.rested_days(rests[habit.pk], days[0], days[-1])
        weeks.append((habit.timeline, began_on, done, rested))
    return [_weekday(weeks, day, today=today) for day in days]


def _weekday(
    weeks: list[tuple[Timeline, dt.date, dict[dt.date, int], set[dt.date]]], day: dt.date, *, today: dt.date
) -> dict[str, Any]:
    asked = done = 0
    for timeline, began_on, counts, rested in weeks if day <= today else []:
        rule = timeline.on(day)
        if day < began_on or not rule.is_due(day):
            continue
        met = rule.met(counts.get(day, 0))
        if met or day not in rested:
            asked, done = asked + 1, done + met
    share = done / asked if asked else 0.0
    state = "today" if day == today else "later" if day > today else "rest" if not asked else "done"
    return {
        "day": day,
        "url": _today_url() if day == today else "",
        "weekday_text": _weekday_letter(day),
        "number": day.day,
        "share": share,
        "state": state,
        "label": _spoken(day, state, round(share * 100)),
    }


@per_language
def _spoken(day: dt.date, state: str, percent: int) -> str:
    if state in ("later", "rest"):
        words = _("%(date)s, 아직이에요") if state == "later" else _("%(date)s, 쉬었어요")
    else:
        words = _("%(date)s, %(percent)d%% 했어요")
    return words % {"date": _date_text(day), "percent": percent}


@per_language
def _date_text(day: dt.date) -> str:
    return date_format(day, _("n월 j일 l"))


@per_language
def _weekday_text(day: dt.date) -> str:
    return date_format(day, "l")


@per_language
def _weekday_letter(day: dt.date) -> str:
    return date_format(day, "D")
