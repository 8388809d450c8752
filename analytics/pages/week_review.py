"""The page of Sunday evening: the seven days, what changed, and a picture to share."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.days import ONE_DAY, WEEK, Calendar
from accounts.models import User
from analytics.forms import WeekShareForm
from analytics.pages import insights
from analytics.pages.panels import day_text
from gamification import share_cards
from gamification.share_cards import Week
from habits.day_totals import DayTotal
from habits.pages import day_progress
from habits.week_comparison import TotalOf, WeekdayChange, change, compared


def page(user: User, *, now: dt.datetime) -> dict[str, Any]:
    calendar, today = user.calendar, user.calendar.day_of(now)
    last = last_day(calendar, now)
    days = [last - n * ONE_DAY for n in range(6, -1, -1)]
    began_on, on = insights.totals_of_span(user, days[0] - WEEK, last, today=today)
    if began_on is None or began_on > last:
        return {"empty": True}
    totals = [on(day) for day in days]
    card = share_cards.open_week(user, last, now=now)
    return {
        "span": _("%(first)s부터 %(last)s까지") % {"first": day_text(days[0]), "last": day_text(last)},
        "strip": [
            day_progress.past_day(day, total, began_on=began_on) for day, total in zip(days, totals, strict=True)
        ],
        "perfect": perfect_days(totals),
        "sentence": sentence(totals),
        "change": _change(on, days, today=today),
        "rows": [_row(day, total) for day, total in zip(days, totals, strict=True)],
        "card": card,
        "picture": reverse("gamification:card", args=[card.token]) if card else "",
        "link": settings.SITE_URL + reverse("gamification:card", args=[card.token]) if card else "",
        "until": date_format(user.calendar.local(card.expires_at), "MONTH_DAY_FORMAT") if card else "",
        "form": WeekShareForm(),
    }


def last_day(calendar: Calendar, now: dt.datetime) -> dt.date:
    """The Sunday whose week is looked back on: today from the evening on, else the last one."""
    today = calendar.day_of(now)
    return today if day_progress.is_week_over(calendar, now) else today - (today.weekday() + 1) * ONE_DAY


def week(user: User, *, now: dt.datetime) -> Week | None:
    """What the picture shows: shares, no names. None before the person's first week."""
    today, last = user.calendar.day_of(now), last_day(user.calendar, now)
    days = [last - n * ONE_DAY for n in range(6, -1, -1)]
    began_on, on = insights.totals_of_span(user, days[0], last, today=today)
    if began_on is None or began_on > last:
        return None
    return Week(last, tuple(None if (share := on(day).share) is None else round(share * 100) for day in days))


def perfect_days(totals: Sequence[DayTotal]) -> int:
    return sum(total.asked > 0 and total.done == total.asked for total in totals)


def sentence(totals: Sequence[DayTotal]) -> str:
    """One kind sentence that the days bear out."""
    perfect, some = perfect_days(totals), sum(total.done > 0 for total in totals)
    if perfect == len(totals):
        return _("하루도 빠짐없이 채운 한 주였어요. 오늘 밤은 푹 쉬어요.")
    if perfect > len(totals) // 2:
        return _("다 한 날이 더 많은 한 주였어요.")
    if some == len(totals):
        return _("날마다 무언가 해냈어요. 다음\N{NO-BREAK SPACE}주도 작은 것부터 해도 돼요.")
    if some:
        text = ngettext(
            "하루는 무언가 해냈어요. 다음\N{NO-BREAK SPACE}주도 작은 것부터 해도 돼요.",
            "%(n)d일은 무언가 해냈어요. 다음\N{NO-BREAK SPACE}주도 작은 것부터 해도 돼요.",
            some,
        )
        return text % {"n": some}
    return _("쉬어 간 한 주였어요. 내일부터 다시 시작해도 돼요.")


def _change(on: TotalOf, days: Sequence[dt.date], *, today: dt.date) -> str:
    """The closed days beside the same ones a week before; empty where there are too few."""
    found = change(on, compared(on, [day for day in days if day < today]))
    return "" if found is None else _change_text(found)


def _change_text(found: WeekdayChange) -> str:
    if not found.is_notable:
        return _("한 주 전과 비슷했어요.")
    if found.points > 0:
        return _("한 주 전보다 %(n)d%%p 더 했어요.") % {"n": found.points}
    return _("한 주 전보다 가벼웠어요.")


def _row(day: dt.date, total: DayTotal) -> dict[str, Any]:
    if total.asked:
        text = _("%(asked)d개 중 %(done)d개") % {"asked": total.asked, "done": total.done}
    else:
        text = _("쉬었어요") if total.rested else _("하기로 한 것이 없었어요")
    return {
        "day": date_format(day, _("j일 D")),
        "text": text,
        "asked": total.asked,
        "done": total.done,
        "url": reverse("habits:past-day", args=[day]),
    }
