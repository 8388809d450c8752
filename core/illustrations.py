"""SVG drawings of the pages, from numbers.

Pure functions; texts beside a drawing are in the templates.

Angles are fractions of a turn, clockwise from twelve o'clock. Colours, widths and motion are in the style sheets: a
drawing only gives its strokes classes. Drawings that repeat are cached.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import cos, pi, sin, sqrt

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

type Point = tuple[float, float]

# A counted habit's ring has one segment for each unit up to this many, and one growing arc beyond it.
SEGMENTS_AT_MOST = 12
_SEGMENT_GAP = 4.6 / 360
_HABIT_GAP = 2 / 360
# Targets from here on, such as 10,000 steps, are written as a percentage: the fraction would not fit.
_PERCENT_FROM = 100

_CHECK = '<path d="M20 6 9 17l-5-5"/>'
_RIPPLES = '<circle class="ink-ripple" cx="32" cy="32" r="26"/>' * 2
_WELL = '<circle class="ink-well" cx="32" cy="32" r="26"/>'
_SMALL_WELL = '<circle class="ink-well" cx="32" cy="32" r="21.5"/>'
_DONE = (
    '<use class="ink-blot" href="#blot-{blot}" width="64" height="64"/>'
    f'<g class="glyph glyph-done" transform="translate(19 19) scale(1.083)">{_CHECK}</g>'
)

# Harmonics (how many bulges, how high, where) and stray droplets (angle, distance, size) of the three blots.
_BLOTS = (
    (((2, 0.9, 0.1), (3, 0.7, 1.3), (5, 0.4, 4.0)), ((0.35, 30.5, 1.8), (0.04, 29.4, 1.1))),
    (((2, 0.8, 2.2), (3, 0.9, 0.4), (5, 0.3, 2.1)), ((0.745, 30.2, 1.6), (0.76, 32.0, 1.0))),
    (((2, 0.7, 4.4), (3, 0.8, 2.9), (5, 0.5, 0.7)), ((0.82, 30.4, 1.4), (0.38, 30.2, 1.3))),
)

# Outline of the mark: one brush stroke from thick to thin.
_MARK = (
    (52.8, 15.8), (48.2, 9.9), (41.6, 5.9), (34.1, 4.6), (26.6, 5.6), (19.7, 8.3), (13.5, 12.4), (8.3, 17.9),
    (4.8, 24.8), (3.8, 32.5), (5.6, 40.1), (9.6, 46.5), (15.1, 51.3), (21.2, 54.8), (27.9, 56.9), (34.9, 57.4),
    (41.8, 55.7), (47.9, 52.1), (52.3, 46.7), (54.9, 40.3), (55.9, 33.7), (54.3, 33.6), (53.4, 39.7), (51.0, 45.7),
    (46.9, 50.8), (41.1, 54.2), (34.6, 54.9), (28.4, 53.6), (23.0, 51.0), (18.3, 47.6), (14.3, 43.5), (11.4, 38.3),
    (10.4, 32.4), (11.5, 26.6), (14.5, 21.6), (18.5, 17.7), (23.0, 14.7), (28.0, 12.4), (33.6, 11.1), (39.5, 11.5),
    (45.1, 14.0), (49.6, 18.2),
)  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _at(turn: float, radius: float, centre: float) -> Point:
    return centre + radius * sin(2 * pi * turn), centre - radius * cos(2 * pi * turn)


def _xy(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def arc(start: float, end: float, radius: float, centre: float) -> str:
    """Path data of the arc from `start` to `end`.

    A full turn stops just short: SVG draws no arc from a point to itself.
    """
    end = min(end, start + 0.9999)
    large = int(end - start > 0.5)
    return f"M{_xy(_at(start, radius, centre))}A{radius} {radius} 0 {large} 1 {_xy(_at(end, radius, centre))}"


def _tenths(point: Point) -> str:
    """A tenth of a unit cannot be seen, and each page carries the mark."""
    return f"{round(point[0], 1):g} {round(point[1], 1):g}"


def _smooth(points: Sequence[Point]) -> str:
    """Path data of the closed curve through all `points` (Catmull-Rom as cubic Béziers), in tenths."""
    count = len(points)
    path = [f"M{_tenths(points[0])}"]
    for i in range(count):
        before, here, there, after = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        first = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
        second = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        path.append(f"C{_tenths(first)} {_tenths(second)} {_tenths(there)}")
    return "".join(path) + "z"


def _disc(centre: Point, radius: float) -> str:
    x, y, r = _number(centre[0] - radius), _number(centre[1]), _number(radius)
    return f"M{x} {y}a{r} {r} 0 1 0 {_number(2 * radius)} 0a{r} {r} 0 1 0-{_number(2 * radius)} 0z"


def _blot(harmonics: Iterable[tuple[int, float, float]], droplets: Iterable[tuple[float, float, float]]) -> str:
    outline = []
    for i in range(14):
        swell = sum(height * cos(bulges * 2 * pi * i / 14 + shift) for bulges, height, shift in harmonics)
        outline.append(_at(i / 14, 25.3 + swell, 32))
    return _smooth(outline) + "".join(_disc(_at(turn, far, 32), size) for turn, far, size in droplets)


@lru_cache(maxsize=1)
def ink_defs() -> SafeString:
    """The shapes that all check-ins of a page share. Needed once in each page that shows `ink`."""
    blots = "".join(
        f'<symbol id="blot-{number}" viewBox="0 0 64 64" overflow="visible"><path d="{_blot(*shape)}"/></symbol>'
        for number, shape in enumerate(_BLOTS, start=1)
    )
    well = '<clipPath id="well"><circle cx="32" cy="32" r="21.5"/></clipPath>'
    return mark_safe(f'<svg class="sprite" aria-hidden="true" focusable="false">{well}{blots}</svg>')


@lru_cache(maxsize=4096)
def ink(*, glyph: str, blot: int = 1, plain: bool = False) -> SafeString:
    """The check-in of a once-a-day habit, or one that is done, resting, paused or protected.

    `glyph` is the inside of a 24 by 24 icon. `plain` keeps it in every state: it says why there is nothing to do.
    """
    kind = "glyph" if plain else "glyph glyph-open"
    inside = f'<g class="{kind}" transform="translate(20 20)">{glyph}</g>'
    return mark_safe(_ink_svg(_WELL + inside, blot))


@lru_cache(maxsize=4096)
def counted_ink(*, count: int, target: int, blot: int = 1) -> SafeString:
    """The check-in of a habit with a `target` count or limit: its ring and level rise."""
    target = max(target, 1)
    share = min(max(count / target, 0), 1)
    return mark_safe(
        _ink_svg(_SMALL_WELL + _ring_of_units(count, target) + _level(share) + _fraction(count, target), blot)
    )


def _ink_svg(inside: str, blot: int) -> str:
    return f'<svg viewBox="0 0 64 64" aria-hidden="true">{_RIPPLES}{inside}{_DONE.format(blot=blot)}</svg>'


def _ring_of_units(count: int, target: int) -> str:
    if 1 < target <= SEGMENTS_AT_MOST:
        return "".join(
            f'<path class="{"ink-count" if unit < count else "ink-track"}" d="{segment}"/>'
            for unit, segment in enumerate(_segments(target))
        )
    track = '<circle class="ink-track" cx="32" cy="32" r="28"/>'
    return track + (f'<path class="ink-count" d="{arc(0, min(count / target, 1), 28, 32)}"/>' if count > 0 else "")


@lru_cache(maxsize=SEGMENTS_AT_MOST)
def _segments(target: int) -> tuple[str, ...]:
    return tuple(
        arc(unit / target + _SEGMENT_GAP, (unit + 1) / target - _SEGMENT_GAP, 28, 32) for unit in range(target)
    )


def _level(share: float) -> str:
    if share <= 0:
        return ""
    wave = f"M8 {_number(53 - 43 * share)}c4-2.5 8-2.5 12 0s8 2.5 12 0 8-2.5 12 0 8 2.5 12 0V60H8z"
    return f'<g clip-path="url(#well)"><path class="ink-level" d="{wave}"/></g>'


def _fraction(count: int, target: int) -> str:
    if target >= _PERCENT_FROM:
        return f'<text class="long" x="32" y="37.5">{count * 100 // target}<tspan class="of">%</tspan></text>'
    long = ' class="long"' if len(f"{count}{target}") > 3 else ""
    return f'<text{long} x="32" y="37.5">{count}<tspan class="of">/{target}</tspan></text>'


def day_ring(*, arcs: Sequence[tuple[str, str]], done: int, of_text: str, label: str) -> SafeString:
    """The day's ring, an arc per (category, state).

    Thick is done, medium in part, thin open, dotted rest.
    """
    strokes = "".join(
        f'<path class="ring-arc {state}" data-cat="{category}" d="{path}"/>'
        for (category, state), path in zip(arcs, _day_arcs(len(arcs)), strict=True)
    )
    words = f'<text x="64" y="72">{done if arcs else "–"}</text><text class="of" x="64" y="92">{escape(of_text)}</text>'
    return mark_safe(f'<svg viewBox="0 0 128 128" role="img" aria-label="{escape(label)}">{strokes}{words}</svg>')


@lru_cache(maxsize=256)
def _day_arcs(count: int) -> tuple[str, ...]:
    gap = 0 if count == 1 else min(_HABIT_GAP, 0.2 / max(count, 1))
    return tuple(arc(i / count + gap, (i + 1) / count - gap, 54, 64) for i in range(count))


# Days of the week strip on which nothing was asked: a rest, none due, none begun.
_DROPS = {
    "rest": '<circle class="drop-ring" cx="16" cy="16" r="12"/><path class="drop-rest" d="M12 16h8"/>',
    "free": '<circle class="drop-rest" cx="16" cy="16" r="1"/>',
    "before": "",
}


@lru_cache(maxsize=512)
def drop(*, percent: int, state: str = "done") -> SafeString:
    """A day of the week strip: the area of the drop is the share done."""
    if (drawing := _DROPS.get(state)) is not None:
        return mark_safe(f'<svg viewBox="0 0 32 32" aria-hidden="true">{drawing}</svg>')
    radius = 12 * sqrt(min(max(percent, 0), 100) / 100)
    inside = f'<circle class="drop" cx="16" cy="16" r="{_number(radius)}"/>' if radius else ""
    ring = '<circle class="drop-ring" cx="16" cy="16" r="12"/>'
    return mark_safe(f'<svg viewBox="0 0 32 32" aria-hidden="true">{ring}{inside}</svg>')


def sectors(marks: Sequence[str]) -> SafeString:
    """A day that several keep together: a piece of a disc for each, drawn by its mark.

    The first piece is the left half, or begins at twelve o'clock: done, frozen, open, rest, none.
    """
    return _sectors(tuple(marks))


@lru_cache(maxsize=512)
def _sectors(marks: tuple[str, ...]) -> SafeString:
    # The first of two is on the left.
    turned = 0.5 if len(marks) == 2 else 0.0
    pieces = "".join(_sector(mark, turned + i / len(marks), 1 / len(marks)) for i, mark in enumerate(marks))
    return mark_safe(f'<svg viewBox="0 0 40 40" aria-hidden="true">{pieces}</svg>')


def _sector(mark: str, start: float, share: float) -> str:
    """A piece of the disc, moved a little from its centre so that the edges between two pieces are parallel."""
    x, y = _at(start + share / 2, 1.5 if share < 1 else 0, 0)
    path = f"M20 20L{arc(start, start + share, 15, 20)[1:]}z"
    return f'<path class="piece piece-{mark}" transform="translate({_number(x)} {_number(y)})" d="{path}"/>'


_STAMPS = {
    "done": '<circle class="dot-3" cx="12" cy="12" r="7.5"/>',
    "partly": '<circle class="dot-0" cx="12" cy="12" r="7"/><circle class="dot-2" cx="12" cy="12" r="4"/>',
    "not_due": '<circle class="dot-none" cx="12" cy="12" r="1.75"/>',
    "rested": '<path class="dot-rest" d="M7 12h10"/>',
    "protected": '<circle class="dot-safe" cx="12" cy="12" r="7"/><circle class="dot-2" cx="12" cy="12" r="2.4"/>',
    "missed": '<circle class="dot-0" cx="12" cy="12" r="7"/>',
    "open": '<circle class="dot-today" cx="12" cy="12" r="7"/>',
}


@lru_cache(maxsize=8)
def stamp(reason: str) -> SafeString:
    """A day in the ledger, by its reason (habits.streaks.Reason)."""
    return mark_safe(f'<svg class="stamp" viewBox="0 0 24 24" aria-hidden="true">{_STAMPS[reason]}</svg>')


def _polygon(points: Iterable[Point]) -> str:
    return "M" + "L".join(_xy(point) for point in points) + "z"


@lru_cache(maxsize=8)
def _badge_shape(rarity: str, inset: float) -> str:
    """The outline of a badge by rarity, `inset` within its edge: circle, square, octagon, flower."""
    if rarity == "rare":
        side, corner = 74 - 2 * inset, 12 - 0.8 * inset
        return f'<rect class="{{}}" x="{7 + inset}" y="{7 + inset}" width="{side}" height="{side}" rx="{_number(corner)}"/>'
    if rarity == "epic":
        return f'<path class="{{}}" d="{_polygon(_at((i + 0.5) / 8, 40.05 - 1.02 * inset, 44) for i in range(8))}"/>'
    if rarity == "legendary":
        petals = [_at(i / 32, (37.2 + 3.8 * cos(pi * i / 2)) * (1 - inset / 41), 44) for i in range(32)]
        return f'<path class="{{}}" d="{_smooth(petals)}"/>'
    return f'<circle class="{{}}" cx="44" cy="44" r="{_number(39 - 0.9 * inset)}"/>'


@lru_cache(maxsize=1024)
def badge(*, text: str, rarity: str, glyph: str = "", color: str = "") -> SafeString:
    """The badge of an earned achievement, tilted by an angle that its text decides.

    `rarity` is one of the schema document: common, rare, epic, legendary. `glyph` is the inside of a 24 by 24 icon, drawn
    above the letters. `color` is a key of /categories.css, whose ink fills it; without one it has the red of badges.
    """
    lean = sum(map(ord, text)) % 8 - 4
    shapes = _badge_shape(rarity, 0).format("badge-fill") + _badge_shape(rarity, 5).format("badge-cut")
    body = f'<g transform="rotate({lean} 44 44)">{shapes}{_badge_face(text, glyph)}</g>'
    return mark_safe(f'<svg class="badge"{_badge_color(color)} viewBox="0 0 88 88" aria-hidden="true">{body}</svg>')


@lru_cache(maxsize=1024)
def badge_ahead(*, text: str, percent: int, glyph: str = "", color: str = "") -> SafeString:
    """The badge of an achievement not earned yet, with an arc for the progress."""
    got = f'<path class="badge-got" d="{arc(0, percent / 100, 39, 44)}"/>' if percent > 0 else ""
    body = f'<circle class="badge-ghost" cx="44" cy="44" r="39"/>{got}{_badge_face(text, glyph)}'
    return mark_safe(
        f'<svg class="badge badge-next"{_badge_color(color)} viewBox="0 0 88 88" aria-hidden="true">{body}</svg>'
    )


@lru_cache(maxsize=1)
def badge_hidden() -> SafeString:
    """The badge of an achievement that is secret until it is earned."""
    ghost = '<circle class="badge-ghost" cx="44" cy="44" r="39"/>'
    return mark_safe(
        f'<svg class="badge badge-hidden" viewBox="0 0 88 88" aria-hidden="true">{ghost}{_badge_face("?", "")}</svg>'
    )


def _badge_face(text: str, glyph: str) -> str:
    """The letters, below the icon where there is one."""
    if not glyph:
        return f'<text x="44" y="53">{escape(text)}</text>'
    icon = f'<g class="badge-icon" transform="translate(33 15) scale(.92)">{glyph}</g>'
    return f'{icon}<text x="44" y="62">{escape(text)}</text>'


def _badge_color(key: str) -> str:
    return f' data-cat="{escape(key)}"' if key else ""


@lru_cache(maxsize=1)
def mark() -> SafeString:
    """The brand's mark: a circle in one stroke and a red dot."""
    return mark_safe(
        f'<svg class="mark" viewBox="0 0 64 64" aria-hidden="true"><path d="{_smooth(_MARK)}"/><circle cx="53" cy="20" r="5"/></svg>'
    )
