"""The weekly letter as a page.

Its words, the weekdays of two weeks beside each other, one suggestion.
"""

import datetime as dt
from typing import Any

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.days import ONE_DAY
from accounts.models import User
from coaching import record_queries, weekday_pairs
from coaching.models import CoachingMessage
from coaching.records import WEEK


def page(message: CoachingMessage, user: User) -> dict[str, Any]:
    """What stands beside the message; the record as it stood when it was written."""
    at = message.sent_at or message.created_at
    record = record_queries.read(user, at=at)
    first, last = record.day - WEEK * ONE_DAY, record.day - ONE_DAY
    compared = weekday_pairs.shares(record)
    return {
        "week_text": f"{_day(first)} – {_day(last)}",
        "pairs": [_row(pair) for pair in weekday_pairs.pairs(record)],
        "sum_text": _sum_text(compared) if compared else _("아직 견줄 요일이 없어요."),
    }


def _sum_text(compared: weekday_pairs.Shares) -> str:
    values = {"now": round(100 * compared.now), "was": round(100 * compared.was), "points": abs(compared.points)}
    if compared.points > 0:
        return _("같은 요일끼리 보면 %(was)d%%에서 %(now)d%%로, 지난주보다 %(points)d%%p 더 했어요.") % values
    if compared.points < 0:
        return _("같은 요일끼리 보면 %(was)d%%에서 %(now)d%%가 됐어요. 쉬어 간 한 주도 괜찮아요.") % values
    return _("같은 요일끼리 보면 지난주와 같은 %(now)d%%예요.") % values


def _row(pair: weekday_pairs.Pair) -> dict[str, Any]:
    now, was = _percent(pair.now), _percent(pair.was)
    if now is None:
        text = _("쉬었어요") if pair.rested else _("할 것이 없었어요")
    else:
        text = f"{was} → {now}%" if was is not None else f"{now}%"
    return {"weekday": str(WEEKDAYS_ABBR[pair.day.weekday()]), "now": now, "was": was, "text": text}


def _percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)


def _day(day: dt.date) -> str:
    return date_format(day, _("n월 j일"))
