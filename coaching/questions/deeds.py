"""Leads from a wish to the page on which the person does it, filled in.

lead_to(wish, matched, habits, words)     a deed on a habit, or on all
lead_to_place("plan")                     a page of the product that belongs to no habit
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.days import Calendar
from coaching.context import Route
from coaching.questions import form_values, periods, sentences
from coaching.questions.asked import Answer
from coaching.questions.grammar import squeezed
from coaching.questions.remarks import Remark
from coaching.questions.wishes import Deed, Wish
from habits import streak_cache
from habits.models import Habit, UserHabit

# Habits that are offered where an act is asked for and its habit is not clear.
MOST_OFFERED = 4
_PAGES = {
    Deed.REMIND: "habits:reminders",
    Deed.PAUSE: "habits:pause",
    Deed.CHECK_IN: "habits:habit",
    Deed.UNDO: "habits:habit",
    Deed.EDIT: "habits:edit",
    Deed.REMOVE: "habits:remove",
    Deed.GOAL: "habits:goal",
    Deed.RESUME: "habits:habit",
}
# The pages for a deed on all habits.
_OF_ALL = {
    Deed.PAUSE: "habits:pause-all",
    Deed.GOAL: "habits:goal-all",
    Deed.RESUME: "habits:mine",
    Deed.CHECK_IN: "habits:today",
    Deed.UNDO: "habits:today",
}
_PLACES: dict[str, tuple[str, Promise]] = {
    "account": ("accounts:me", _("내 계정 열기")),
    "plan": ("billing:subscription", _("구독 열기")),
    "export": ("accounts:me", _("내 계정 열기")),
    "mood": ("analytics:insights", _("통계 열기")),
}
REMARKS: dict[Remark, tuple[Route, Promise]] = {
    Remark.TIRED: (["habits:pause-all"], _("쉬는 날 고르기")),
    Remark.CHEER: (["coaching:inbox"], _("코치 메시지 열기")),
}


@dataclass(frozen=True)
class WishWords:
    """A question, its words without the habit's name, and the day on which it is asked."""

    question: str
    rest: str
    day: dt.date
    calendar: Calendar

    def values(self, deed: Deed) -> form_values.Values:
        return form_values.of(deed, self.rest, whole=self.question, day=self.day, calendar=self.calendar)


def lead_to_place(place: str) -> Answer:
    page, label = _PLACES[place]
    return Answer("deed", sentences.place(place), deed=[page], deed_text=str(label))


def lead_to(wish: Wish, matched: Sequence[UserHabit], habits: Sequence[UserHabit], words: WishWords) -> Answer:
    """A button that leads to the page on which the person does it; nothing is done here."""
    if wish.deed == Deed.ADD:
        return _to_new_habit(wish, words)
    if len(matched) != 1 and len(habits) != 1:
        if wish.deed in _OF_ALL and not matched:
            return _answer(wish, None, [_OF_ALL[wish.deed]], words.values(wish.deed))
        return _ask_of_which(matched or habits, words.question)
    habit = matched[0] if len(matched) == 1 else habits[0]
    if wish.deed == Deed.CHECK_IN:
        return _to_check_in(wish, habit, words)
    return _answer(wish, habit, [_PAGES[wish.deed], str(habit.pk)], words.values(wish.deed))


def _answer(wish: Wish, habit: UserHabit | None, page: Route, values: form_values.Values) -> Answer:
    return Answer(
        "deed",
        sentences.deed(wish, habit.name if habit else "", is_filled=bool(values)),
        deed=page,
        deed_query={name: those[0] if len(those) == 1 else those for name, those in values.items()},
        deed_text=sentences.deed_button(wish),
        category=habit.habit.category.name_en if habit else "",
    )


def _ask_of_which(habits: Sequence[UserHabit], question: str) -> Answer:
    offered = [habit for habit in habits if not habit.is_archived][:MOST_OFFERED]
    return Answer(
        "deed",
        sentences.deed_of_which(),
        deed=["habits:mine"],
        deed_text=sentences.mine_button(),
        picks=[sentences.with_name(question, habit.name) for habit in offered],
    )


def _to_new_habit(wish: Wish, words: WishWords) -> Answer:
    """The catalogue where it has such a habit, else the form of one's own with its name."""
    values = words.values(Deed.ADD)
    name = values.get("name", [""])[0]
    if not name:
        return _answer(wish, None, ["habits:catalogue"], {})
    if Habit.objects.in_catalogue().matching(name).exists():
        return _answer(wish, None, ["habits:catalogue"], {"q": [name]})
    return _answer(wish, None, ["habits:add-own"], values)


def _to_check_in(wish: Wish, habit: UserHabit, words: WishWords) -> Answer:
    """The past day that is named, today's amount with what was added, or the habit."""
    period = periods.find(squeezed(words.rest), day=words.day, calendar=words.calendar)
    if period and period.first == period.last < words.day:
        return _answer(wish, habit, ["habits:day", str(habit.pk), period.first.isoformat()], {})
    added = form_values.amount(words.rest) if habit.unit else 0
    if added:
        total = streak_cache.counts_on(habit, day=words.day) + added
        return _answer(wish, habit, ["habits:total", str(habit.pk)], {"total": [str(total)]})
    return _answer(wish, habit, [_PAGES[wish.deed], str(habit.pk)], {})
