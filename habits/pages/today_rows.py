"""The rows of Today: what each habit is today, its words and its addresses."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Self

from django.urls import reverse
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from uuid6 import uuid7

from core.text_format import amount, per_language
from habits import reminders, streaks
from habits.models import UserHabit
from habits.schedules import Rule
from habits.streak_cache import HabitStanding
from habits.streaks import Reason

# The state of a row whose day is done or asks for nothing.
STATES = {Reason.DONE: "done", Reason.RESTED: "rest", Reason.NOT_DUE: "rest"}


@dataclass(slots=True)
class RowState:
    """What a habit is today: all that the ring and the sums ask of a row."""

    user_habit: UserHabit
    standing: HabitStanding
    # Read once: a page says it several times, and it depends on the language.
    name: str
    rule: Rule
    kind: str  # once, count, at_most
    state: str  # open, done, rest, paused

    @classmethod
    def of(cls, user_habit: UserHabit, standing: HabitStanding) -> Self:
        rule = user_habit.rule
        kind = _kind(rule)
        state = _state(rule, standing.streak, kind, standing.count)
        return cls(user_habit, standing, user_habit.name, rule, kind, state)

    @property
    def cat(self) -> str:
        return self.user_habit.color_key

    @property
    def part_of_day(self) -> str:
        return self.user_habit.part_of_day

    @property
    def group_name(self) -> str:
        return self.user_habit.group_name or ""

    @property
    def count(self) -> int:
        return self.standing.streak.tally if self.rule.schedule.totals else self.standing.count

    @property
    def is_asked(self) -> bool:
        """Today asks for it: it is judged by the day, or it is done."""
        return self.kind != "at_most" and (self.state == "done" or self.rule.schedule.judged == "day")

    @property
    def needed(self) -> bool:
        """Something is left to do today."""
        return self.state == "open" and self.kind != "at_most"

    @property
    def arc(self) -> str:
        if self.state == "open":
            return "part" if self.count else "open"
        return self.state


@dataclass(slots=True)
class Row(RowState):
    id: str
    url: str
    icon: str
    streak_text: str
    meta: list[str]
    label: str
    menu_label: str
    check_url: str
    undo_url: str
    total_url: str
    key: str
    just_done: bool = False
    after: dict[str, str] | None = None
    error: str | None = None

    @property
    def target(self) -> int:
        return self.rule.target

    @property
    def step(self) -> int:
        return self.rule.step

    @property
    def can_lessen(self) -> bool:
        """The row has an undo button: an `at_most` habit has no other way to take back a check-in."""
        return self.kind == "at_most" and self.count > 0


def row(user_habit: UserHabit, standing: HabitStanding) -> Row:
    """The row of one habit today."""
    return row_of(RowState.of(user_habit, standing))


def row_of(of: RowState) -> Row:
    user_habit, streak = of.user_habit, of.standing.streak
    key = str(user_habit.pk)
    base = f"{today_url()}{key}/"
    return Row(
        user_habit=user_habit,
        standing=of.standing,
        name=of.name,
        rule=of.rule,
        kind=of.kind,
        state=of.state,
        id=key,
        url=base,
        icon=user_habit.icon,
        streak_text=streak_text(streak.current, streak.unit),
        meta=_meta(of, streak),
        label=_label(of),
        menu_label=_menu_words() % {"name": of.name},
        check_url=f"{base}check-in/",
        undo_url=f"{base}undo/",
        total_url=f"{base}total/",
        key=str(uuid7()),
    )


def _kind(rule: Rule) -> str:
    if rule.direction == "at_most":
        return "at_most"
    return "count" if rule.target > 1 or rule.schedule.totals else "once"


def _state(rule: Rule, streak: streaks.Streak, kind: str, count: int) -> str:
    """`count` is today's. Toward a total the row is open until it is reached, whatever was done today."""
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
def today_url() -> str:
    """Cached: a page of ten rows needs it ten times."""
    return reverse("habits:today")


def past_day_url(day: dt.date) -> str:
    return f"{today_url()}days/{day.isoformat()}/"


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


def _meta(of: RowState, streak: streaks.Streak) -> list[str]:
    """The small words under the name, the most useful first: two, or one beside the length of the streak."""
    user_habit, rule, state, kind, count = of.user_habit, of.rule, of.state, of.kind, of.count
    if user_habit.is_read_only:
        return [_("볼 수만 있어요")]
    words = [] if rule.schedule.totals else _amount_words(rule, state, kind, count)
    if (state != "rest" or rule.schedule.totals) and (progress := rule.progress(streak.tally)):
        words.append(progress)
    if rule.schedule.totals and kind == "at_most" and rule.is_full(streak.tally):
        words.append(_("이미 넘었어요"))
    if user_habit.anchor:
        words.append(user_habit.anchor)
    elif reminders.times_of(user_habit) and state == "open":
        words.append(reminder_texts(user_habit)[0])
    return words[: 1 if streak.current else 2]


def reminder_texts(user_habit: UserHabit) -> list[str]:
    """The times of its reminders in the clock of the language."""
    return [_clock_text(time) for time in reminders.times_of(user_habit)]


@per_language
def _clock_text(time: dt.time) -> str:
    return time_format(time)


def _amount_words(rule: Rule, state: str, kind: str, count: int) -> list[str]:
    if state == "rest":
        return [str(rule.schedule), _("오늘은 쉬는 날")]
    if kind == "at_most" and rule.target and not count:
        return [_("%(amount)s까지 괜찮아요") % {"amount": amount(rule.target, rule.unit)}]
    if kind == "at_most":
        done = _("%(amount)s 했어요") % {"amount": amount(count, rule.unit)}
        return [done, _("아직 괜찮아요")] if rule.met(count) else [_("오늘은 넘었어요"), done]
    if kind == "count" and state == "open":
        return [_("%(amount)s 남았어요") % {"amount": amount(rule.target - count, rule.unit)}]
    return []


def _label(of: RowState) -> str:
    state = "read_only" if of.user_habit.is_read_only else of.state
    return _label_words(state, of.kind) % {"name": of.name, "count": of.count, "target": of.rule.target}


@per_language
def _menu_words() -> str:
    return _("%(name)s, 쉬기와 메모")


@per_language
def _label_words(state: str, kind: str) -> str:
    if state == "read_only":
        return _("%(name)s, 지금은 볼 수만 있어요")
    if state == "done":
        return _("%(name)s, 했어요. 누르면 되돌려요")
    if state == "rest":
        return _("%(name)s, 오늘은 쉬는 날이에요. 눌러서 체크할 수 있어요")
    if kind == "once":
        return _("%(name)s, 눌러서 체크하기")
    if kind == "at_most":
        return _("%(name)s, %(count)d/%(target)d. 눌러서 기록하기")
    return _("%(name)s, %(count)d/%(target)d. 눌러서 더하기")
