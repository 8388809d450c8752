"""SVG plots of days and scores.

Pure functions; colours, widths and fonts are in the style sheets.

`label` describes a plot to a screen reader. Plots that stretch (`curve`, `stems`, `lines`) have a view box of 1000 by 100
and no text in it: their labels are HTML, which does not stretch. Shape carries the same meaning as colour. Texts are
escaped where they are inserted and the rest is our own markup, so each plot is marked safe.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.illustrations import arc

WIDTH, HEIGHT = 1000, 100
# Of a bar; more values make them narrower.
WIDEST = 140
# A day of the year map, and the line of months above it.
STEP, ABOVE = 14, 16
_RADIUS = 4.9


class DayCell(NamedTuple):
    """A day. `mark` is a reason (habits.streaks.Reason), or the share done from 0 to 1."""

    mark: str | float
    text: str


def year_map(
    weeks: Sequence[Sequence[DayCell | None]],
    *,
    months: Iterable[tuple[int, str]],
    label: str,
    first: dt.date | None = None,
) -> SafeString:
    """A column for each week, a row for each weekday; `months` are (column, name).

    A cell's text is its tooltip. The cells are successive days, `first` is that of the first cell: js/app.js puts the dates
    before the texts, which would be a tenth of the page. One em is the width of a week: the stylesheet's font size sets it.
    """
    names = "".join(f'<text x="{column * STEP}" y="10">{escape(name)}</text>' for column, name in months)
    columns = "".join(
        f'<g transform="translate({column * STEP})">{"".join(_cell(*cell, row) for row, cell in enumerate(week) if cell)}</g>'
        for column, week in enumerate(weeks)
    )
    size = f"{len(weeks) * STEP} {ABOVE + 7 * STEP}"
    begins = f' data-from="{first.isoformat()}"' if first else ""
    return mark_safe(
        f'<svg viewBox="0 0 {size}" width="{len(weeks)}em" role="img" aria-label="{escape(label)}"{begins}>{names}{columns}</svg>'
    )


@lru_cache(maxsize=2048)
def _cell(mark: str | float, text: str, row: int) -> str:
    # Moved to its place instead of drawn there: cells that are alike are the same text, which compresses well.
    place = f"translate(0 {ABOVE + row * STEP})"
    return f'<g transform="{place}"><title>{escape(text)}</title>{_mark(mark)}</g>'


@lru_cache(maxsize=256)
def _mark(mark: str | float) -> str:
    """The shape of a day in a square of STEP."""
    # The area that shows the tooltip, larger than the shape.
    field = f'<path class="dot-field" d="M0 0h{STEP}v{STEP}h-{STEP}z"/>'
    at = f'cx="{STEP // 2}" cy="{STEP // 2}"'
    if isinstance(mark, float):
        inner = f'<circle class="dot-3" {at} r="{_number(_RADIUS * sqrt(mark))}"/>' if mark else ""
        return field + (inner if mark >= 1 else f'<circle class="dot-0" {at} r="{_RADIUS}"/>{inner}')
    shapes = {
        "done": f'<circle class="dot-3" {at} r="{_RADIUS}"/>',
        "partly": f'<circle class="dot-0" {at} r="{_RADIUS}"/><circle class="dot-2" {at} r="2.7"/>',
        "protected": f'<circle class="dot-safe" {at} r="4.2"/><circle class="dot-2" {at} r="1.5"/>',
        "rested": f'<path class="dot-rest" d="M{STEP / 2 - 3.5} {STEP // 2}h7"/>',
        "missed": f'<circle class="dot-0" {at} r="{_RADIUS}"/>',
        "not_due": f'<circle class="dot-none" {at} r="1.3"/>',
        "open": f'<circle class="dot-today" {at} r="{_RADIUS}"/>',
    }
    return field + shapes[mark]


@lru_cache(maxsize=256)
def day(mark: str | float) -> SafeString:
    """A single day as in the year map, for a calendar and for the key."""
    return mark_safe(f'<svg viewBox="0 0 {STEP} {STEP}" aria-hidden="true">{_mark(mark)}</svg>')


def curve(
    values: Sequence[float | None],
    *,
    bands: Iterable[tuple[float, float]] = (),
    label: str,
    is_low: bool = False,
    is_open: bool = False,
) -> SafeString:
    """A line of values from 0 to 100 over its area. None is a gap.

    `bands` are (begin, end) as parts of the width, 0 to 1. With `is_open` the last value is of a period that goes on: the
    line to it is dashed and has no area.
    """
    # In a low plot a hundredth of the height is less than a pixel.
    runs = _runs([value if value is None or not is_low else round(value) for value in values])
    bars = "".join(
        f'<rect class="rest-band" x="{_along(begin * WIDTH)}" y="0" width="{_along((end - begin) * WIDTH)}" height="{HEIGHT}"/>'
        for begin, end in bands
    )
    if not runs:
        return _stretched(bars, label=label, kind="low" if is_low else "")
    end = f"M{runs[-1][-1].replace(',', ' ')}h0"
    dashed = runs[-1][-2:] if is_open else []
    # The first of the dashed line's two points ends the closed run before it.
    closed = [*runs[:-1], runs[-1][:-1]] if is_open else runs
    area = "".join(f"M{_foot(run[0])}L{' '.join(run)}L{_foot(run[-1])}z" for run in closed if run)
    drawn = f'<path class="area" d="{area}"/>' if area else ""
    drawn += _grid(0, 50, 100) + "".join(f'<polyline class="curve" points="{" ".join(run)}"/>' for run in closed if run)
    # A value between two gaps has no line.
    drawn += "".join(f'<path class="pt" d="M{run[0].replace(",", " ")}h0"/>' for run in closed[:-1] if len(run) == 1)
    if len(dashed) > 1:
        drawn += f'<polyline class="curve-open" points="{" ".join(dashed)}"/>'
    drawn += f'<path class="pt" d="{end}"/><path class="pt-hole" d="{end}"/>'
    return _stretched(bars + drawn, label=label, kind="low" if is_low else "")


def _runs(values: Sequence[float | None]) -> list[list[str]]:
    """The points of each stretch without a gap."""
    runs = list[list[str]]()
    before: float | None = None
    for x, value in zip(_spread(len(values)), values, strict=True):
        if value is not None:
            if before is None:
                runs.append([])
            runs[-1].append(f"{_along(x)},{_number(HEIGHT - value)}")
        before = value
    return runs


def _foot(point: str) -> str:
    """Where the area under a point ends."""
    return f"{point.split(',')[0]} {HEIGHT}"


def stems(shares: Sequence[float | None], *, label: str) -> SafeString:
    """A bar for each day, its height the share from 0 to 1.

    None leaves a gap, 0 a line at the bottom.
    """
    step = WIDTH / max(len(shares), 1)
    bars = "".join(
        f'<rect class="stem-soft" x="{_along(place * step + step * 0.2)}" y="{_number(HEIGHT * (1 - share))}"'
        f' width="{_along(step * 0.6)}" height="{_number(HEIGHT * share)}"/>'
        for place, share in enumerate(shares)
        if share is not None
    )
    return _stretched(_grid(0, 100) + bars, label=label, kind="low")


def lines(first: Sequence[float | None], second: Sequence[float | None], *, label: str) -> SafeString:
    """Two lines of scores from 0 to 1, with round and square points.

    A day without a score breaks the line.
    """
    return _stretched(_grid(0, 100) + _line(second, "-2") + _line(first, ""), label=label, kind="low")


def _line(scores: Sequence[float | None], kind: str) -> str:
    step, drawn, run = WIDTH / max(len(scores), 1), [], list[str]()
    for place, score in enumerate([*scores, None]):
        if score is not None:
            run.append(f"{_along((place + 0.5) * step)},{_number(94 - 88 * score)}")
        elif run:
            drawn.append(f'<polyline class="curve{kind}" points="{" ".join(run)}"/>' if len(run) > 1 else "")
            drawn += [f'<path class="pt{kind}" d="M{point.replace(",", " ")}h0"/>' for point in run]
            run = []
    return "".join(drawn)


@lru_cache(maxsize=256)
def bubble(share: float) -> SafeString:
    """A drop whose area is the share of the largest one; a small dot for zero."""
    inside = f'<circle class="stem" cx="14" cy="14" r="{_number(13 * sqrt(share))}"/>'
    speck = '<circle class="dot-none" cx="14" cy="14" r="1.4"/>'
    return mark_safe(f'<svg viewBox="0 0 28 28" aria-hidden="true">{inside if share else speck}</svg>')


@lru_cache(maxsize=256)
def ring(share: float | None) -> SafeString:
    """A share as an arc; None, for a day that was not due, is dotted."""
    if share is None:
        inside = '<circle class="mini-track" cx="32" cy="32" r="26" stroke-dasharray="2 5"/>'
    elif share >= 1:
        inside = '<circle class="mini-value" cx="32" cy="32" r="26"/>'
    else:
        part = f'<path class="mini-value" d="{arc(0, share, 26, 32)}"/>' if share else ""
        inside = f'<circle class="mini-track" cx="32" cy="32" r="26"/>{part}'
    return mark_safe(f'<svg viewBox="0 0 64 64" aria-hidden="true">{inside}</svg>')


def bars(
    values: Sequence[float | None], *, top: float, label: str, has_open: bool = False, few: Collection[int] = ()
) -> SafeString:
    """A bar for each value, from 0 to `top`; None is a gap.

    `has_open` adds the empty outline of a period that goes on. The places of `few` are grey: too little to rely on.
    """
    step = WIDTH / (len(values) + has_open or 1)
    drawn = [
        _bar("bar-few" if place in few else "stem", place, step, low=0, high=value / top)
        for place, value in enumerate(values)
        if value is not None and top
    ]
    drawn += [_bar("bar-open", len(values), step, low=0, high=1)] * has_open
    return _stretched(_grid(0, HEIGHT) + "".join(drawn), label=label, kind="tall")


def stacks(
    columns: Sequence[Sequence[tuple[str, float]]], *, below: Sequence[float | None], top: float, label: str
) -> SafeString:
    """Columns of named parts from 0 to `top`, with the outline of what was lost under the line."""
    step, drawn = WIDTH / (len(columns) or 1), []
    for place, parts in enumerate(columns):
        low = 0.0
        for kind, value in parts:
            drawn.append(_bar(kind, place, step, low=low / top, high=(low + value) / top))
            low += value
    deepest = max((lost for lost in below if lost), default=0.0)
    drawn += [_bar("life-gone", place, step, low=-lost / top, high=0) for place, lost in enumerate(below) if lost]
    height = HEIGHT * (1 + deepest / top) if top else HEIGHT
    line = f'<line class="life-line" x1="0" y1="{HEIGHT}" x2="{WIDTH}" y2="{HEIGHT}"/>'
    return _stretched(_grid(0, 50) + "".join(drawn) + line, label=label, kind="tall", height=height)


def _bar(kind: str, place: int, step: float, *, low: float, high: float) -> str:
    """`low` and `high` are shares of the plot's height. Of few values none is drawn as a wall."""
    wide = min(step * 0.72, WIDEST)
    return (
        f'<rect class="{kind}" x="{_number((place + 0.5) * step - wide / 2)}" y="{_number(HEIGHT * (1 - high))}"'
        f' width="{_number(wide)}" height="{_number(HEIGHT * (high - low))}"/>'
    )


def span(low: float, middle: float, high: float, *, label: str) -> SafeString:
    """An interval with its middle beside the line of no difference.

    It and 0 fill the plot.
    """
    left, right = min(low, 0.0), max(high, 0.0)
    width = (right - left) or 1.0

    def x(value: float) -> str:
        return _number(WIDTH * (0.05 + 0.9 * (value - left) / width))

    inside = (
        f'<line class="span-zero" x1="{x(0)}" y1="0" x2="{x(0)}" y2="44"/>'
        f'<line class="span-range" x1="{x(low)}" y1="22" x2="{x(high)}" y2="22"/>'
        f'<path class="span-mid" d="M{x(middle)} 22h0"/>'
    )
    return _stretched(inside, label=label, kind="wide", height=44)


def _stretched(inside: str, *, label: str, kind: str = "", height: float = HEIGHT) -> SafeString:
    named = f' class="{kind}"' if kind else ""
    return mark_safe(
        f'<svg{named} viewBox="0 0 {WIDTH} {_number(height)}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(label)}">{inside}</svg>'
    )


def _grid(*values: int) -> str:
    return "".join(f'<line class="grid-line" x1="0" y1="{y}" x2="{WIDTH}" y2="{y}"/>' for y in values)


def _spread(count: int) -> list[float]:
    """`count` positions from the left edge to the right one; a single one is at the right."""
    return [WIDTH * place / (count - 1) for place in range(count)] if count > 1 else [float(WIDTH)] * count


def _along(x: float) -> str:
    """A place along a width of 1000, which no screen shows finer."""
    return f"{x:.0f}"


def _number(value: float) -> str:
    """`value` to one decimal: enough in a box of 1000, and a year of points stays short."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
