"""What the weekly letter says beside the coach's words, for its page and its mail alike.

A letter comes on the first day of a week: "last week" is the one it tells of, "this week" the one that begins.

report(message, user, names, record)    head, change, suggestion, and what it is too early to say
mail_sections(message, its)             the same in the order of the page, as texts
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.days import ONE_DAY, WEEK
from accounts.models import User
from billing import entitlements
from coaching import messages, record_queries
from coaching.habit_tokens import Names
from coaching.models import CoachingMessage
from coaching.records import Record
from habits import week_comparison
from habits.day_totals import add_up
from habits.week_comparison import FEWEST_ASKED, WeekdayChange

# The same windows and bars as the insights have.
FEWEST_HOURS, FEWEST_MOODS = 10, 28
HOURS_OF, MOODS_OF = dt.timedelta(weeks=12), 365


class Early(NamedTuple):
    """What there are too few days for: it has `n` of `minimum`."""

    title: str | Promise
    n: int
    minimum: int
    of_days: bool = False

    @property
    def text(self) -> str:
        words = _("%(minimum)s일 중 %(n)s일 모았어요") if self.of_days else _("%(minimum)s번 중 %(n)s번 모았어요")
        return words % {"n": self.n, "minimum": self.minimum}


class Report(NamedTuple):
    """What a letter says, its own sentences in the language that is active when they are read.

    `both` are the days that are compared. `change` is None where there is too little to compare; `step` is empty where the letter says it in its own words.
    """

    days: Sequence[dt.date]
    both: Sequence[dt.date]
    change: WeekdayChange | None
    said: str
    step: str
    early: Sequence[Early]

    @property
    def knows_hours(self) -> bool:
        return all(one.minimum != FEWEST_HOURS for one in self.early)

    @property
    def sum_text(self) -> str:
        return _sum_text(self.change, self.both) if self.change else _("아직 비교할 날이 적어요.")

    def head(self, mark: Callable[[str], str] = str) -> str:
        """The week in a sentence, its figure marked; empty where there is too little to compare."""
        if self.change is None:
            return ""
        if self.change.points > 0:
            points = self.change.points
            figure = mark(ngettext("%(n)d%%p 더", "%(n)d%%p 더", points) % {"n": points})
            return format_html(_("같은 요일끼리 보면 지난주는 그 전 주보다 {figure} 했어요."), figure=figure)
        if self.change.points < 0:
            return _("같은 요일끼리 보면 지난주는 그 전 주보다 가벼웠어요.")
        return _("같은 요일끼리 보면 지난주는 그 전 주와 같아요.")


def report(message: CoachingMessage, user: User, names: Names, record: Record, *, at: dt.datetime) -> Report:
    """As of `at`, when the letter was written."""
    days = week_comparison.week_before(record.day)
    both = week_comparison.compared(record.total, days)
    change = week_comparison.change(record.total, both)
    said, step = _parts(message, names)
    return Report(days, both, change, said, step, _early(user, record, both if change is None else None, at=at))


def mail_sections(message: CoachingMessage, its: Report) -> list[dict[str, object]]:
    """Titles and paragraphs in the active language; the first has no title."""
    written = _("AI가 생성") if message.is_by_ai else _("AI 없이 작성")
    early = [f"{one.title}: {one.text}" for one in its.early]
    sections = [
        ("", [its.head(), its.sum_text, its.said, written]),
        (_("아직 말하기 이른 것"), early),
        (_("이번 주에 해 볼 것 하나"), [its.step]),
    ]
    found = [(title, [str(line) for line in lines if line]) for title, lines in sections]
    return [{"title": title, "lines": lines} for title, lines in found if lines]


def _parts(message: CoachingMessage, names: Names) -> tuple[str, str]:
    """What the letter says, and its suggestion, which has a place of its own.

    A model may have put the suggestion in other words: then it stays where it is.
    """
    step, body = messages.explain(message, names).step, messages.words_of(message, names).body
    if step is None or step.text not in body:
        return body, ""
    return " ".join(body.replace(step.text, " ").split()), step.text


def _sum_text(compared: WeekdayChange, both: Sequence[dt.date]) -> str:
    """The change with both shares and the weekdays they are of."""
    named = ", ".join(str(WEEKDAYS_ABBR[day.weekday()]) for day in both)
    weekdays = _("일곱 요일") if len(both) == 7 else named
    values = {"days": weekdays, "now": compared.now, "was": compared.before}
    if compared.points > 0:
        return _("%(days)s의 완료율이 %(was)d%%에서 %(now)d%%로 올랐어요.") % values
    if compared.points < 0:
        return _("%(days)s의 완료율이 %(was)d%%에서 %(now)d%%가 됐어요. 쉬어 간 한 주도 괜찮아요.") % values
    return _("%(days)s의 완료율이 두 주 모두 %(now)d%%예요.") % values


def _early(user: User, record: Record, both: Sequence[dt.date] | None, *, at: dt.datetime) -> list[Early]:
    """`both` are the days of a comparison that has too few, else None."""
    depth = entitlements.limit(user, "insight_days", at=at).most
    moods_of = MOODS_OF if depth is None else min(depth, MOODS_OF)
    hours, moods = record_queries.gathered(
        user, at=at, hours_since=record.day - HOURS_OF, moods_since=record.day - moods_of * ONE_DAY
    )
    found = [Early(gettext_lazy("하루 중 언제"), hours, FEWEST_HOURS)]
    if both is not None:
        found.insert(0, Early(gettext_lazy("지난주와 비교"), _compared_asked(record, both), FEWEST_ASKED))
    # Who notes no mood is not asked for it each week.
    if user.shares_health and moods:
        found.append(Early(gettext_lazy("기분과 실천의 관계"), moods, FEWEST_MOODS, of_days=True))
    return [one for one in found if one.n < one.minimum]


def _compared_asked(record: Record, both: Sequence[dt.date]) -> int:
    weeks = (both, [day - WEEK for day in both])
    return min(add_up(map(record.total, days)).asked for days in weeks)
