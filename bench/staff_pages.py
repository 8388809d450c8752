"""The staff's pages over millions of rows: each list, each of its filters, forms, a person's page, the dashboard."""

import datetime as dt
import logging
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.days import ONE_DAY, WEEK, monday_of
from accounts.models import User, UserSession
from analytics import metric_fill
from analytics.metric_dictionary import METRICS, MetricWindow
from analytics.metric_fill import Figure
from analytics.models import MetricValue
from analytics.pages import dashboard
from bench import crowd
from bench.report import Section
from bench.stage import Stage
from coaching.effect import Estimate
from coaching.models import MessageType, Tone
from core.admin_base import StaffAdmin
from gamification.models import Achievement

PEOPLE, DAYS = 120_000, 12
ROUNDS = 3
AIM = 1_000
# People of the dashboard's figures, and its own aim. They make its numbers longer, and not one row more.
MILLION, DASHBOARD_AIM = 1_000_000, 50
YEAR, PERIOD = 365, {MetricWindow.DAY: 0, MetricWindow.WEEK: 7, MetricWindow.MONTH: 31}


def section(stage: Stage) -> Section:
    """The slowest page of each kind, in milliseconds, of a colleague who may see everything."""
    people = stage.scale.of(PEOPLE)
    through = stage.now.date() - dt.timedelta(days=1)
    print(f"joining {people:,} people with {people * DAYS:,} rows in each large table", flush=True)
    crowd.add_people("staff", people=people, habits=1, through=through, days=DAYS)
    crowd.add_activity("staff", through=through, days=DAYS)
    crowd.seal_addresses()
    browser = _colleague()
    rows = [_line(kind, list(_timed(browser, paths))) for kind, paths in _pages(browser)]
    rows.append(dashboard_line(stage.now))
    note = f"Milliseconds of the server for one page, nothing else running, {people:,} people, {people * DAYS:,} notifications, events and days. Aim: ≤ {AIM:,}; of the figures ≤ {DASHBOARD_AIM}: they hold one row for each metric, period and part, however many people there are."
    return Section("Staff pages", ("pages", "number", "median", "slowest", "which"), rows, note)


def dashboard_line(now: dt.datetime) -> tuple[str, ...]:
    """All panels over a year that was filled each night, without the rest of the page."""
    number = fill_a_year(now)
    spent = []
    for _turn in range(10 * ROUNDS):
        began = time.perf_counter()
        dashboard.page(now=now, weeks=max(dashboard.SPANS))
        spent.append((time.perf_counter() - began) * 1000)
    kind = f"the figures of a year, {MILLION:,} people"
    return (kind, "1", f"{statistics.median(spent):.0f}", f"{max(spent):.0f}", f"{number:,} rows of `metric_values`")


def fill_a_year(now: dt.datetime) -> int:
    """Writes what a year of nights leaves for a million people; returns the number of rows."""
    last = metric_fill.last_closed(now)
    for key, metric in METRICS.items():
        begins_on = {_first_of(metric.window, last - n * ONE_DAY) for n in range(PERIOD[metric.window], YEAR)}
        for day in begins_on:
            parts = PARTS.get(key, lambda _day: [""])(day)
            metric_fill.replace(key, day, [Figure(part, MILLION / (n + 2), MILLION) for n, part in enumerate(parts)])
    return MetricValue.objects.count()


def _first_of(window: MetricWindow, day: dt.date) -> dt.date:
    if window is MetricWindow.MONTH:
        return day.replace(day=1)
    return monday_of(day) if window is MetricWindow.WEEK else day


PARTS: dict[str, Callable[[dt.date], list[str]]] = {
    "active_week": lambda _day: ["", *dashboard.LIFE],
    "retention_week": lambda day: [f"{day - n * WEEK}" for n in range(metric_fill.COHORT_WEEKS + 1)],
    "streak_kept_week": lambda _day: list(map(str, metric_fill.STREAKS)),
    "badges_week": lambda _day: list(Achievement.Rarity.values),
    "coach_helpful_day": lambda _day: [f"{kind}{end}" for kind in MessageType.values for end in (":all", "")],
    "coach_effect_day": lambda _day: [
        f"{kind}:{name}" for kind in ("all", *MessageType.values, *Tone.values) for name in Estimate._fields
    ],
    "revenue_day": lambda _day: ["", "income", "returned", "paying"],
}


def _colleague() -> Client:
    # A line for each request is not what is measured, and the bench has no second factor to show.
    logging.disable(logging.INFO)
    settings.STAFF_NEED_SECOND_FACTOR = False
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(
        User.objects.create_superuser("bench-staff@example.com", password=None, name="운영자", timezone="UTC")
    )
    return browser


def _pages(browser: Client) -> Iterator[tuple[str, Iterable[str]]]:
    lists = {its_admin: _address(its_admin, "changelist") for its_admin in admin.site._registry.values()}  # noqa: SLF001 - Django names no other way
    person = User.objects.get(pk=UserSession.objects.latest("pk").user_id)
    yield "lists", lists.values()
    yield "lists by a filter", [f"{url}{link}" for url in lists.values() for link in _filters(browser, url)]
    yield "lists of one person", [one.list_of(person.pk) for one in lists if isinstance(one, StaffAdmin) and one.owner]
    yield "a row", [row for url in lists.values() if (row := _first(browser, url))]
    yield "a person", [reverse("admin:accounts_user_change", args=[person.pk])]
    yield "home, operations", [reverse("admin:index"), reverse("admin:operations")]


def _address(its_admin: admin.ModelAdmin, page: str, *args: Any) -> str:
    return reverse(f"admin:{its_admin.opts.app_label}_{its_admin.opts.model_name}_{page}", args=args)


def _first(browser: Client, url: str) -> str:
    """The address of the first row of a list, empty where it has none."""
    found = re.search(rf'href="({url}[^"]+/change/)', browser.get(url).text)
    return found[1] if found else ""


def _filters(browser: Client, url: str) -> list[str]:
    links = re.findall(r'href="(\?[^"]+)"', browser.get(url).text)
    return sorted({link.replace("&amp;", "&") for link in links})


def _timed(browser: Client, paths: Iterable[str]) -> Iterator[tuple[float, str]]:
    for path in paths:
        spent = []
        for _turn in range(ROUNDS):
            began = time.perf_counter()
            answer = browser.get(path)
            spent.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answered {answer.status_code}")
        yield statistics.median(spent), path


def _line(kind: str, timed: list[tuple[float, str]]) -> tuple[str, ...]:
    slowest, path = max(timed)
    median = statistics.median(spent for spent, _path in timed)
    which = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", path)
    return (kind, str(len(timed)), f"{median:.0f}", f"{slowest:.0f}", f"`{which}`")
