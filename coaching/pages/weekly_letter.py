"""The weekly letter as a page.

Its words and one suggestion, the weekdays of two weeks beside each other, what it is too early to say, eight weeks as a line,
when most was done, and the goals of the month. All of it is as of the instant at which the letter was written.
"""

import datetime as dt
from collections import Counter
from typing import Any

from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts.days import ONE_DAY
from accounts.models import User
from coaching import messages, record_queries, weekly_report, words
from coaching.habit_tokens import Names
from coaching.models import CoachingMessage, Occasion
from coaching.records import DAYS_IN_WEEK, WEEKDAY_SPAN, Record
from core import plots
from habits import week_comparison
from habits.day_totals import add_up
from habits.pages import goal_lines
from habits.week_comparison import Pair


def page(message: CoachingMessage, user: User, names: Names) -> dict[str, Any]:
    """What stands beside the message."""
    at = message.sent_at or message.created_at
    record = record_queries.read(user, at=at)
    its = weekly_report.report(message, user, names, record, at=at)
    return {
        "said": its.said,
        "step_text": its.step,
        "head": its.head(_marked),
        "week_text": f"{_day(its.days[0])} – {_day(its.days[-1])}",
        "pairs": [_row(pair) for pair in week_comparison.pairs(record.total, its.days)],
        "sum_text": its.sum_text,
        "too_early": its.early,
        "weeks": _weeks(record),
        "hour_text": _hour_text(record) if its.knows_hours else "",
        "goals": goal_lines.panel(user, now=at),
    } | _neighbours(message, user)


def _marked(figure: str) -> str:
    return format_html('<span class="mark-up">{}</span>', figure)


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
    begins = [record.day - n * ONE_DAY for n in range(WEEKDAY_SPAN, 0, -DAYS_IN_WEEK)]
    sums = [(first, add_up(record.total(first + n * ONE_DAY) for n in range(DAYS_IN_WEEK))) for first in begins]
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
    if hours.total() < weekly_report.FEWEST_HOURS:
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
