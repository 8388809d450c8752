"""The staff's dashboard: a panel for each metric, with table, definition and time.

It reads `metric_values` and nothing else, so a panel costs the same for a thousand people as for a million. The replica that
is read may be behind; then `as_of` says of when it is.

    page(now=…, weeks=…)          all panels
    csv_rows(key, now=…, weeks=…) one of them as lines
"""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.days import ONE_DAY, WEEK, monday_of
from analytics import data_checks, metric_fill
from analytics.metric_dictionary import METRICS, WINDOWS, WITHOUT, Metric
from analytics.models import MetricValue
from coaching import effect_report
from coaching.models import MessageType, Tone
from core import plots, small_cells
from core.db import replica
from core.text_format import Text, facts, whole_percents
from gamification.models import Achievement

SPANS = {4: gettext_lazy("4주"), 12: gettext_lazy("12주"), 52: gettext_lazy("1년")}
USUAL = 12
# Cohorts in the grid, and weeks that each is followed.
COHORTS = 12
DAYS = 14
MONTHS = 12
# A cell's shade by its share.
SHADES = ((0.6, "c-4"), (0.5, "c-3"), (0.45, "c-2"), (0.0, "c-1"))
LIFE = {
    "new": ("life-new", gettext_lazy("새로 온")),
    "resurrecting": ("life-back", gettext_lazy("돌아온")),
    "returning": ("life-stay", gettext_lazy("이어 온")),
}

# Metric → first day → part → value.
type Values = dict[str, dict[dt.date, dict[str, MetricValue]]]


@dataclasses.dataclass(frozen=True)
class Table:
    head: Sequence[Text]
    rows: Sequence[Sequence[Any]]


@dataclasses.dataclass(frozen=True)
class TableCell:
    text: Text
    kind: str = ""
    words: Text = ""

    def __str__(self) -> str:
        return facts((str(self.text), str(self.words))) if self.words else str(self.text)


@dataclasses.dataclass(frozen=True)
class Panel:
    """What one panel shows; `metric` defines it."""

    metric: Metric
    title: Text
    table: Table
    hue: str = "learning"
    plot: SafeString | str = ""
    top: str = ""
    ends: Sequence[Text] = ()
    # Class and text of each kind of bar.
    key: Sequence[tuple[str, str]] = ()
    grid: Sequence[tuple[Text, Text, list[TableCell]]] = ()
    is_wide: bool = False
    # An interval and not bars; its table is always open.
    is_interval: bool = False
    as_of: dt.datetime | None = None

    @property
    def caption(self) -> str:
        """What is counted and in what; only in what, where the title begins with what is counted."""
        unit = _("단위: %(unit)s") % {"unit": self.metric.unit}
        return unit if str(self.title).startswith(str(self.metric.name)) else facts([str(self.metric.name), unit])

    @property
    def definition(self) -> list[tuple[str, Text]]:
        metric = self.metric
        return [
            (_("뜻"), metric.meaning),
            (_("단위"), metric.unit),
            (_("기간"), WINDOWS[metric.window]),
            (_("출처"), metric.source),
            (_("빼는 사람"), metric.without),
            (_("언제부터"), metric.since),
            (_("적은 수"), _("5명 미만과 그것을 되짚을 수 있는 칸은 숨겨요. 30명 미만의 비율은 색을 입히지 않고 구간을 적어요.")),
        ]  # fmt: skip


def page(*, now: dt.datetime, weeks: int) -> dict[str, Any]:
    values = _read(now, weeks)
    panels = [_dated(make(values, metric_fill.last_closed(now), weeks), values) for make in PANELS.values()]
    checked_at, faults = data_checks.latest()
    return {
        "figures": _figures(values, metric_fill.last_closed(now)),
        "panels": panels,
        "spans": [{"weeks": one, "text": text, "is_chosen": one == weeks} for one, text in SPANS.items()],
        "weeks": weeks,
        "without": WITHOUT,
        "counts_made_people": settings.COUNT_MADE_PEOPLE,
        "faults": [
            {"key": key, "said": data_checks.BY_KEY[key].said, "number": number}
            for key, number in faults.items()
            if key in data_checks.BY_KEY
        ],
        "checked_at": checked_at,
        # When the replica that is read is behind.
        "as_of": replica.as_of(),
    }


def csv_rows(key: str, *, now: dt.datetime, weeks: int) -> list[list[str]]:
    """The definition, the time it is from, and the table. Raises KeyError for an unknown panel."""
    values = _read(now, weeks)
    panel = _dated(PANELS[key](values, metric_fill.last_closed(now), weeks), values)
    as_of = panel.as_of.isoformat(timespec="minutes") if panel.as_of else ""
    copied_at = replica.as_of()
    dates = [(_("기준"), as_of), *([(_("복제본 기준"), copied_at.isoformat(timespec="minutes"))] if copied_at else [])]
    lines = [[panel.metric.name], *panel.definition, *dates, [], panel.table.head, *panel.table.rows]
    return [[str(text) for text in line] for line in lines]


def _read(now: dt.datetime, weeks: int) -> Values:
    """What the panels show, and nothing else: a year of every part is twenty times as many rows."""
    last = metric_fill.last_closed(now)
    # Days before the last closed one, by metric; of the coach only that day is shown.
    spans = {
        "active_week": (weeks + 2) * 7,
        "active_day": _days_shown(weeks),
        "retention_week": (COHORTS + 1) * 7,
        "habits_done_day": DAYS,
        "active_month": (MONTHS + 1) * 31,
        "streak_kept_week": 35,
        "badges_week": (weeks + 2) * 7,
        "coach_effect_day": 1,
        "coach_helpful_day": 1,
    }
    wanted = Q(metric="revenue_day", part="", begins_on__in=_month_ends("revenue_day", last))
    for metric, days in spans.items():
        wanted |= Q(metric=metric, begins_on__gt=last - days * ONE_DAY, begins_on__lte=last)
    values: Values = defaultdict(lambda: defaultdict(dict))
    for row in MetricValue.objects.filter(wanted).order_by("begins_on"):
        values[row.metric][row.begins_on][row.part] = row
    return values


def _month_ends(metric: str, last: dt.date) -> QuerySet[MetricValue, Any]:
    """The last day that is known of each of the months shown."""
    rows = MetricValue.objects.filter(metric=metric, begins_on__gt=last - MONTHS * 31 * ONE_DAY, begins_on__lte=last)
    return rows.order_by().values(month=TruncMonth("begins_on")).annotate(end=Max("begins_on")).values("end")


def _days_shown(weeks: int) -> int:
    return min(7 * weeks, 91)


def _dated(panel: Panel, values: Values) -> Panel:
    times = [row.computed_at for its in values[panel.metric.key].values() for row in its.values()]
    return dataclasses.replace(panel, as_of=max(times, default=None))


def _number(value: float | None) -> str:
    return str(small_cells.HIDDEN) if value is None else f"{value:,.0f}"


def _day(day: dt.date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")


def _top(values: Iterable[float | None]) -> float:
    """The end of the axis, a round number."""
    highest, top = max((value for value in values if value), default=0.0), 1.0
    while top * 10 < highest:
        top *= 10
    return next(top * step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if top * step >= highest)


def _ends(days: Sequence[dt.date]) -> list[str]:
    return [_day(day) for day in dict.fromkeys((*days[:1], *days[-1:]))]


def _whole(values: Values, key: str, days: Sequence[dt.date]) -> list[int | None]:
    """A metric's whole on each day; None where it is unknown or of few."""
    found = [values[key][day].get("") for day in days]
    return [None if row is None else _shown(row) for row in found]


def _shown(row: MetricValue) -> int | None:
    return None if row.people is not None and small_cells.is_small(row.people) else round(row.number)


def _weeks_before(last: dt.date, weeks: int) -> list[dt.date]:
    """The first days of the last closed weeks."""
    newest = monday_of(last + ONE_DAY) - WEEK
    return [newest - n * WEEK for n in reversed(range(weeks))]


# ── The panels ──────────────────────────────────────────────────────────────


def lifecycle(values: Values, week: dt.date) -> dict[str, int | None]:
    """The active people of a week: under '' all, then each kind.

    Under `gone` are those of the week before who were not active.
    """
    its, before = values["active_week"][week], values["active_week"][week - WEEK]
    if "" not in its:
        return {}
    parts = {part: round(its[part].number) for part in LIFE if part in its}
    gone = round(before[""].number) - parts.get("returning", 0) if "" in before else None
    # Both tell each other, with the sum of the week before.
    small = gone is not None and small_cells.is_small(gone)
    shown = small_cells.visible_parts(parts, also={"returning"} if small else ())
    lost = None if gone is None or small or shown.get("returning") is None else gone
    return {"": _shown(its[""]), **shown, "gone": lost}


def _active_weeks(values: Values, last: dt.date, weeks: int) -> Panel:
    days = [week for week in _weeks_before(last, weeks) if values["active_week"][week]]
    found = [lifecycle(values, week) for week in days]
    top = _top(its[""] for its in found)
    columns = [[(kind, float(its[part] or 0)) for part, (kind, _text) in reversed(LIFE.items())] for its in found]
    latest = found[-1] if found else {}
    key = [(kind, f"{text} {_number(latest.get(part))}") for part, (kind, text) in LIFE.items()]
    return Panel(
        METRICS["active_week"],
        _change(_("한 주에 활동한 사람"), [its[""] for its in found]),
        Table(
            [_("주"), _("활동"), *(text for _kind, text in LIFE.values()), _("떠난")],
            [[_day(week), *(_number(its[part]) for part in ("", *LIFE, "gone"))] for week, its in zip(days, found, strict=True)],
        ),
        plot=plots.stacks(columns, below=[its["gone"] for its in found], top=top, label=facts(text for _k, text in key)),
        top=_number(top), ends=_ends(days), key=[*key, ("life-gone", f"{_('떠난')} {_number(latest.get('gone'))}")] if found else [],
        is_wide=True,
    )  # fmt: skip


def _change(name: Text, series: Sequence[int | None]) -> str:
    """What the last two periods say, as a sentence."""
    said = _compared(name, series, back=1)
    if said is None:
        return _alone(name, series)
    if said["more"] == 0:
        return _("%(name)s %(n)s, 직전과 같아요") % said
    return (
        _("%(name)s %(n)s, 직전보다 %(by)s 많아요") if said["more"] > 0 else _("%(name)s %(n)s, 직전보다 %(by)s 적어요")
    ) % said


def _change_of_day(name: Text, series: Sequence[int | None]) -> str:
    """The last day beside the same weekday before: weekends are always lower."""
    said = _compared(name, series, back=7)
    if said is None:
        return _alone(name, series)
    if said["more"] == 0:
        return _("%(name)s %(n)s, 지난주 같은 요일과 같아요") % said
    more = _("%(name)s %(n)s, 지난주 같은 요일보다 %(by)s 많아요")
    return (more if said["more"] > 0 else _("%(name)s %(n)s, 지난주 같은 요일보다 %(by)s 적어요")) % said


def _alone(name: Text, series: Sequence[int | None]) -> str:
    """The last value where there is none before it to compare with."""
    if not series or series[-1] is None:
        return _("%(name)s: 아직 말하기 일러요") % {"name": name}
    return _("%(name)s %(n)s") % {"name": name, "n": _number(series[-1])}


def _compared(name: Text, series: Sequence[int | None], *, back: int) -> dict[str, Any] | None:
    """The last value and its difference from the one `back` before; None where one is hidden or missing."""
    if len(series) <= back or series[-1] is None or (before := series[-1 - back]) is None:
        return None
    more = series[-1] - before
    return {"name": name, "n": _number(series[-1]), "by": _number(abs(more)), "more": more}


def _bars(
    key: str, hue: str, days: Sequence[dt.date], values: Values, *, open_text: str, said: Callable[..., str] = _change
) -> Panel:
    series = _whole(values, key, days)
    # Before the first of anything there is nothing to show, and nothing to compare with.
    begun = next((place for place, value in enumerate(series) if value != 0), 0)
    days, series = days[begun:], series[begun:]
    top, metric = _top(series), METRICS[key]
    title = said(metric.name, series)
    return Panel(
        metric,
        title,
        Table([_("날"), metric.name], [[_day(day), _number(value)] for day, value in zip(days, series, strict=True)]),
        hue=hue,
        plot=plots.bars(series, top=top, label=title, has_open=bool(open_text)),
        top=_number(top), ends=[*_ends(days), *([open_text] if open_text else [])],
    )  # fmt: skip


def _known(values: Values, key: str, last: dt.date, most: int) -> list[dt.date]:
    return sorted(day for day in values[key] if day <= last)[-most:]


def _active_days(values: Values, last: dt.date, weeks: int) -> Panel:
    days = _known(values, "active_day", last, _days_shown(weeks))
    return _bars("active_day", "learning", days, values, open_text=_("오늘 (진행 중)"), said=_change_of_day)


def _active_months(values: Values, last: dt.date, _weeks: int) -> Panel:
    days = _known(values, "active_month", last, MONTHS)
    return _bars("active_month", "relationships", days, values, open_text=_("이달 (진행 중)"))


def _habits_done(values: Values, last: dt.date, _weeks: int) -> Panel:
    days = _known(values, "habits_done_day", last, DAYS)
    return _bars("habits_done_day", "exercise", days, values, open_text=_("오늘 (진행 중)"), said=_change_of_day)


def _revenue(values: Values, last: dt.date, _weeks: int) -> Panel:
    """The last day known of each month."""
    by_month = {day.replace(day=1): day for day in sorted(values["revenue_day"]) if day <= last}
    return _bars("revenue_day", "productivity", [*by_month.values()][-MONTHS:], values, open_text="")


def _retention(values: Values, last: dt.date, _weeks: int) -> Panel:
    newest = _weeks_before(last, COHORTS)
    grid = [(_day(week), *_cohort(values, week, newest[-1])) for week in newest]
    grid = [row for row in grid if row[2]]
    longest = max((len(cells) for _week, _size, cells in grid), default=0)
    fourth = [share for week in newest if (share := _share(values, week, 4))]
    title = (
        _with_interval(_("4주 뒤에도 %(percent)d%%가 남아요"), *fourth[-1])
        if fourth
        else _("가입한 주마다 남은 사람: 아직 말하기 일러요")
    )
    return Panel(
        METRICS["retention_week"],
        title,
        Table(
            [
                _("가입한 주"),
                pgettext("number of", "사람"),
                *(pgettext("after", "%(n)d주") % {"n": n} for n in range(longest)),
            ],
            [[week, size, *(str(cell) for cell in cells)] for week, size, cells in grid],
        ),
        grid=grid,
        is_wide=True,
    )


def _with_interval(title: str, part: int, whole: int) -> str:
    """The title with its share, and the interval where it is of few people."""
    said = whole_percents(title % {"percent": round(100 * part / whole)})
    if whole >= small_cells.FEW:
        return said
    low, high = small_cells.interval(part, whole)
    return facts((said, _("30명 미만, 구간 %(low)d–%(high)d%%") % {"low": round(100 * low), "high": round(100 * high)}))


def _share(values: Values, week: dt.date, offset: int) -> tuple[int, int] | None:
    """How many of the cohort of `week` were active then, and how many they are; None where that is hidden or unknown."""
    row = values["retention_week"][week + offset * WEEK].get(f"{week}")
    if row is None or not row.people or small_cells.share_is_hidden(round(row.number), row.people):
        return None
    return round(row.number), row.people


def _cohort(values: Values, week: dt.date, newest: dt.date) -> tuple[str, list[TableCell]]:
    """The size of a cohort and its cells. A week that is still open has no cell."""
    rows = [values["retention_week"][week + n * WEEK].get(f"{week}") for n in range((newest - week).days // 7 + 1)]
    people = next((row.people for row in reversed(rows) if row), None)
    if not people:
        return "0", []
    if small_cells.is_small(people):
        return str(small_cells.FEWER), [TableCell(small_cells.HIDDEN, "c-hide")]
    return _number(people), [_cell(_share(values, week, n)) for n in range(len(rows))]


def _cell(share: tuple[int, int] | None) -> TableCell:
    if share is None:
        return TableCell(small_cells.HIDDEN, "c-hide")
    part, whole = share
    if whole < small_cells.FEW:
        low, high = small_cells.interval(part, whole)
        said = _("30명 미만, 구간 %(low)d–%(high)d%%") % {"low": round(100 * low), "high": round(100 * high)}
        return TableCell(f"{round(100 * part / whole)}", "c-few", said)
    kind = next(kind for least, kind in SHADES if part / whole >= least)
    return TableCell(f"{round(100 * part / whole)}", kind)


def _share_cell(part: int, whole: int, people: int) -> TableCell:
    """A share with its interval, grey where it is of few people; hidden where few have it, or few do not."""
    if small_cells.is_small(people) or small_cells.share_is_hidden(part, whole):
        return TableCell(small_cells.HIDDEN, "c-hide")
    low, high = small_cells.interval(part, whole)
    said = f"{100 * part / whole:.0f}% ({100 * low:.0f}–{100 * high:.0f})"
    return TableCell(said, "c-few", _("30명 미만")) if people < small_cells.FEW else TableCell(said)


def _streaks_kept(values: Values, last: dt.date, _weeks: int) -> Panel:
    [*_before, week] = _known(values, "streak_kept_week", last, 1) or [last]
    rows: list[list[Any]] = []
    shares: list[float | None] = []
    few, known = set(), []
    for shortest, until in zip(metric_fill.STREAKS, (*metric_fill.STREAKS[1:], None), strict=True):
        row = values["streak_kept_week"][week].get(str(shortest))
        span = (
            _("%(n)d일부터") % {"n": shortest}
            if until is None
            else _("%(n)d–%(m)d일") % {"n": shortest, "m": until - 1}
        )
        if row is None or not row.people or small_cells.share_is_hidden(round(row.number), row.people):
            rows.append([span, str(small_cells.HIDDEN) if row and row.people else "–", "–"])
            shares.append(None)
            continue
        if row.people < small_cells.FEW:
            few.add(len(shares))
        shares.append(100 * row.number / row.people)
        known.append((round(row.number), row.people))
        rows.append([span, _number(row.people), _share_cell(round(row.number), row.people, row.people)])
    title = (
        _with_interval(_("이어 온 습관의 %(percent)d%%가 한 주 더 이어져요"), *known[0])
        if known
        else _("이어 온 날이 남은 비율: 아직 말하기 일러요")
    )
    return Panel(
        METRICS["streak_kept_week"], title, Table([_("이어 온 날"), pgettext("number of", "사람"), _("남은 비율 (구간)")], rows), hue="health",
        plot=plots.bars(shares, top=100.0, label=title, few=few) if known else "", top="100%", ends=[row[0] for row in rows],
    )  # fmt: skip


def _helpful(values: Values, last: dt.date, _weeks: int) -> Panel:
    its = values["coach_helpful_day"].get(last, {})
    rows: list[list[Any]] = []
    for kind, text in MessageType.choices:
        good, reacted = its.get(kind), its.get(f"{kind}:all")
        if good is None or reacted is None or not reacted.number:
            continue
        if small_cells.is_small(reacted.people or 0):
            rows.append([text, str(small_cells.HIDDEN), str(small_cells.HIDDEN)])
            continue
        share = _share_cell(round(good.number), round(reacted.number), reacted.people or 0)
        rows.append([text, _number(reacted.number), share])
    title = _("도움이 되었다는 반응") if rows else _("코치 메시지에 달린 반응이 아직 없어요")
    return Panel(
        METRICS["coach_helpful_day"],
        title,
        Table([_("종류"), _("반응"), _("도움이 된 비율 (구간)")], rows),
        hue="mindfulness",
    )


def _effect(values: Values, last: dt.date, _weeks: int) -> Panel:
    its = values["coach_effect_day"].get(last, {})
    rows, plot, title = [], "", _("코치 메시지로 달라진 만큼: 아직 말하기 일러요")
    people = {part.removesuffix(":people"): row.people or 0 for part, row in its.items() if part.endswith(":people")}
    hidden = effect_report.hidden_kinds(people, [kind for kind in people if f"{kind}:points" in its])
    for kind, text in {"all": _("모두"), **_kinds_of_effects()}.items():
        found = {name: its.get(f"{kind}:{name}") for name in ("points", "low", "high", "with_message")}
        numbers = {name: row.number for name, row in found.items() if row}
        if len(numbers) < 4:
            continue
        if kind in hidden:
            rows.append([text, str(small_cells.HIDDEN), str(small_cells.HIDDEN)])
            continue
        said = f"{numbers['points']:+.1f} [{numbers['low']:.1f}, {numbers['high']:.1f}]"
        rows.append([text, _number(numbers["with_message"]), said])
        if kind == "all":
            title = _effect_said(**numbers)
            plot = plots.span(numbers["low"], numbers["points"], numbers["high"], label=title)
    return Panel(
        METRICS["coach_effect_day"],
        title,
        Table([_("종류"), _("보낸 날"), _("차이 (구간)")], rows),
        hue="exercise",
        plot=plot,
        is_interval=bool(plot),
    )


def _kinds_of_effects() -> dict[str, Text]:
    return {**dict(MessageType.choices), **dict(Tone.choices)}


def _effect_said(*, points: float, low: float, high: float, with_message: float) -> str:
    if low <= 0 <= high:
        return _("코치가 보낸 날과 보내지 않은 날의 차이는 아직 알 수 없어요")
    said = {"points": f"{abs(points):.1f}"}
    return (
        _("코치가 보낸 날은 %(points)s%%p 더 했어요") if points > 0 else _("코치가 보낸 날은 %(points)s%%p 덜 했어요")
    ) % said


def _badges(values: Values, last: dt.date, weeks: int) -> Panel:
    days = [week for week in _weeks_before(last, weeks) if values["badges_week"][week]]
    found = [badges_of(values["badges_week"][week]) for week in days]
    rows = [[_day(week), *map(_number, its.values())] for week, its in zip(days, found, strict=True)]
    sums = [its[""] for its in found]
    top = _top(sums)
    metric = METRICS["badges_week"]
    return Panel(
        metric, _change(metric.name, sums),
        Table([_("주"), _("모두"), *(label for _value, label in Achievement.Rarity.choices)], rows), hue="creativity",
        plot=plots.bars(sums, top=top, label=str(metric.name), has_open=True), top=_number(top),
        ends=[*_ends(days), _("이번 주 (진행 중)")],
    )  # fmt: skip


def badges_of(rows: dict[str, MetricValue]) -> dict[str, int | None]:
    """The badges of a week: under '' all, then each rarity; None is hidden.

    The whole is of as many people as its largest part at least, and is hidden while that is not enough.
    """
    people = {rarity: (rows[rarity].people or 0) if rarity in rows else 0 for rarity in Achievement.Rarity.values}
    numbers = {rarity: round(rows[rarity].number) if rarity in rows else 0 for rarity in people}
    whole = None if small_cells.is_small(max(people.values())) else sum(numbers.values())
    shown = small_cells.visible_parts(people)
    return {"": whole, **{rarity: None if shown[rarity] is None else numbers[rarity] for rarity in people}}


PANELS: dict[str, Callable[[Values, dt.date, int], Panel]] = {
    "active_week": _active_weeks,
    "retention_week": _retention,
    "active_day": _active_days,
    "habits_done_day": _habits_done,
    "active_month": _active_months,
    "streak_kept_week": _streaks_kept,
    "coach_effect_day": _effect,
    "coach_helpful_day": _helpful,
    "badges_week": _badges,
    "revenue_day": _revenue,
}


# ── The numbers at the top ──────────────────────────────────────────────────


def _figures(values: Values, last: dt.date) -> list[dict[str, Text]]:
    weeks = _weeks_before(last, COHORTS)
    active = _whole(values, "active_week", weeks)[-1]
    shares = [share for week in weeks if (share := _share(values, week, 4))]
    [done] = _whole(values, "habits_done_day", [last])
    [revenue] = _whole(values, "revenue_day", [last])
    return [
        {"name": _("지난주 활동한 사람"), **_figure(active, values["active_week"][weeks[-1]], _("명"))},
        {"name": _("4주 뒤 남은 비율"), **_kept_figure(shares)},
        {"name": _("어제 해낸 습관"), **_figure(done, values["habits_done_day"][last], _("번"))},
        {"name": _("월 반복 매출"), **_figure(revenue, values["revenue_day"][last], _("원"))},
    ]


def _figure(value: int | None, known: dict[str, MetricValue], unit: Text) -> dict[str, Text]:
    """A number with its unit; what is hidden or not there has none."""
    if not known:
        return {"text": "–"}
    return {"text": _number(value)} if value is None else {"text": _number(value), "unit": unit}


def _kept_figure(shares: Sequence[tuple[int, int]]) -> dict[str, Text]:
    if not shares:
        return {"text": "–"}
    part, whole = shares[-1]
    low, high = small_cells.interval(part, whole)
    said = _("구간 %(low)d–%(high)d") % {"low": round(100 * low), "high": round(100 * high)}
    return {"text": f"{round(100 * part / whole)}", "unit": "%", "said": said}
