"""The weekly letter as a page.

Its words and one suggestion, the weekdays of two weeks beside each other, eight weeks as a line, when most was done, and
the goals of the month. All of it is as of the instant at which the letter was written.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts.days import ONE_DAY
from accounts.models import User
from coaching import messages, record_queries, words
from coaching.habit_tokens import Names
from coaching.models import CoachingMessage, Occasion
from coaching.records import WEEK, WEEKDAY_SPAN, Record
from core import plots
from habits import week_comparison
from habits.day_totals import add_up
from habits.pages import goal_lines
from habits.week_comparison import Change, Pair

# With fewer check-ins no hour is named.
FEWEST_HOURS = 10


def page(message: CoachingMessage, user: User, names: Names) -> dict[str, Any]:
    """What stands beside the message."""
    at = message.sent_at or message.created_at
    record = record_queries.read(user, at=at)
    days = week_comparison.week_before(record.day)
    both = week_comparison.compared(record.total, days)
    compared = week_comparison.change(record.total, both)
    said, step = _parts(message, names)
    return {
        "said": said,
        "step_text": step,
        "head": _head(compared) if compared else "",
        "week_text": f"{_day(days[0])} – {_day(days[-1])}",
        "pairs": [_row(pair) for pair in week_comparison.pairs(record.total, days)],
        "sum_text": _sum_text(compared, both) if compared else _("아직 비교할 날이 적어요."),
        "weeks": _weeks(record),
        "hour_text": _hour_text(record),
        "goals": goal_lines.panel(user, now=at),
    } | _neighbours(message, user)


def _parts(message: CoachingMessage, names: Names) -> tuple[str, str]:
    """What the letter says, and its suggestion, which the page shows in a place of its own.

    A model may have put the suggestion in other words: then it stays where it is.
    """
    step, body = messages.explain(message, names).step, messages.words_of(message, names).body
    if step is None or step.text not in body:
        return body, ""
    return " ".join(body.replace(step.text, " ").split()), step.text


def _head(compared: Change) -> str:
    """The week in a sentence, with its figure marked."""
    if compared.points > 0:
        figure = format_html('<span class="mark-up">{}</span>', _("%(n)d%%p 더") % {"n": compared.points})
        return format_html(_("같은 요일끼리 보면 지난주보다 {figure} 했어요."), figure=figure)
    if compared.points < 0:
        return _("같은 요일끼리 보면 지난주보다 가벼웠어요.")
    return _("같은 요일끼리 보면 지난주와 같아요.")


def _sum_text(compared: Change, both: Sequence[dt.date]) -> str:
    """The same with both shares and the weekdays they are of."""
    named = ", ".join(str(WEEKDAYS_ABBR[day.weekday()]) for day in both)
    weekdays = _("일곱 요일") if len(both) == 7 else named
    values = {"days": weekdays, "now": compared.now, "was": compared.before}
    if compared.points > 0:
        return _("%(days)s의 완료율이 %(was)d%%에서 %(now)d%%로 올랐어요.") % values
    if compared.points < 0:
        return _("%(days)s의 완료율이 %(was)d%%에서 %(now)d%%가 됐어요. 쉬어 간 한 주도 괜찮아요.") % values
    return _("%(days)s의 완료율이 두 주 모두 %(now)d%%예요.") % values


def _row(pair: Pair) -> dict[str, Any]:
    if pair.now is None:
        text = _("쉬었어요") if pair.rested else _("할 것이 없었어요")
    else:
        text = f"{pair.before} → {pair.now}%" if pair.before is not None else f"{pair.now}%"
    return {"weekday": str(WEEKDAYS_ABBR[pair.day.weekday()]), "now": pair.now, "was": pair.before, "text": text}


def _weeks(record: Record) -> dict[str, Any] | None:
    """The share of each of the last eight weeks, all of them closed; one that asked for nothing is a gap.

    None for fewer than two weeks with a share.
    """
    begins = [record.day - n * ONE_DAY for n in range(WEEKDAY_SPAN, 0, -WEEK)]
    sums = [(first, add_up(record.total(first + n * ONE_DAY) for n in range(WEEK))) for first in begins]
    shares = [(first, week_comparison.percent(total) if total.asked else None) for first, total in sums]
    known = [(first, percent) for first, percent in shares if percent is not None]
    if len(known) < 2:
        return None
    # The line begins with the first week that asked for something.
    shares = shares[shares.index(known[0]) :]
    label = _("%(first)s부터 한 주씩 완료율. 마지막 주 %(now)d%%") % {"first": _day(known[0][0]), "now": known[-1][1]}
    heights = [None if percent is None else float(percent) for _first, percent in shares]
    return {
        "svg": plots.curve(heights, label=label, is_low=True),
        "rows": [{"first": _day(first), "percent": percent} for first, percent in shares],
        "first": _day(known[0][0]),
    }


def _hour_text(record: Record) -> str:
    """When most was done lately, over all habits."""
    hours = Counter[int]()
    for habit in record.habits:
        hours.update(habit.hours)
    if hours.total() < FEWEST_HOURS:
        return ""
    top = min(hours, key=lambda hour: (-hours[hour], hour))
    values = {"clock": words.clock(top, record.language), "times": hours[top], "of": hours.total()}
    return _("요즘 가장 자주 한 때는 %(clock)s예요. %(of)d번 중 %(times)d번이에요.") % values


def _neighbours(message: CoachingMessage, user: User) -> dict[str, str]:
    """The addresses of the letters before and after, "" where there is none."""
    letters = messages.inbox(user).filter(occasion=Occasion.LETTER).order_by("sent_at")
    before = letters.filter(sent_at__lt=message.sent_at).last()
    after = letters.filter(sent_at__gt=message.sent_at).first()
    return {"before_url": _url(before), "after_url": _url(after)}


def _url(message: CoachingMessage | None) -> str:
    return reverse("coaching:message", args=[message.pk]) if message else ""


def _day(day: dt.date) -> str:
    return date_format(day, _("n월 j일"))
