"""The strokes of an icon as points, for pictures that are drawn without a browser.

    strokes('<path d="M4 4h16"/><circle cx="12" cy="12" r="9"/>')     a list of points for each stroke, in units of the icon

Reads what icons are made of: paths, circles, ellipses, rectangles, lines and polygons. Curves become short straight
pieces.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from math import acos, ceil, copysign, cos, hypot, pi, radians, sin, sqrt
from xml.etree import ElementTree as ET

type Point = tuple[float, float]
type Stroke = list[Point]

# Pieces of a curve, and of a full turn.
_PIECES, _TURN = 12, 48
# How many numbers a command takes.
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}
_NUMBER = re.compile(r"[\s,]*([-+]?(?:\d+\.?\d*|\.\d+))")
_FLAG = re.compile(r"[\s,]*([01])")


@lru_cache(maxsize=256)
def strokes(shapes: str) -> tuple[Stroke, ...]:
    """The strokes of the inside of an icon, in their order."""
    elements = ET.fromstring(f"<g>{shapes}</g>")  # noqa: S314 -- our own drawings
    return tuple(stroke for one in elements for stroke in _of(one))


def _of(element: ET.Element) -> list[Stroke]:
    """The strokes of one element."""
    number = {name: float(value) for name, value in element.attrib.items() if re.fullmatch(r"-?[\d.]+", value)}
    get = number.get
    match element.tag:
        case "path":
            return _Path().read(element.attrib["d"])
        case "circle":
            return [_ellipse(get("cx", 0), get("cy", 0), number["r"], number["r"])]
        case "ellipse":
            return [_ellipse(get("cx", 0), get("cy", 0), number["rx"], number["ry"])]
        case "rect":
            r = get("rx", get("ry", 0.0))
            return [_rectangle(get("x", 0), get("y", 0), number["width"], number["height"], r)]
        case "line":
            return [[(number["x1"], number["y1"]), (number["x2"], number["y2"])]]
    values = [float(text) for text in re.split(r"[\s,]+", element.attrib.get("points", "").strip()) if text]
    points = [*zip(values[::2], values[1::2], strict=True)]
    return [points + points[:1] if element.tag == "polygon" else points]


def _ellipse(x: float, y: float, rx: float, ry: float) -> Stroke:
    return [(x + rx * cos(2 * pi * i / _TURN), y + ry * sin(2 * pi * i / _TURN)) for i in range(_TURN + 1)]


def _rectangle(x: float, y: float, width: float, height: float, r: float) -> Stroke:
    w, h = width - 2 * r, height - 2 * r
    corner = f"{r} {r} 0 0 1"
    outline = f"M{x + r} {y}h{w}a{corner} {r} {r}v{h}a{corner} {-r} {r}h{-w}a{corner} {-r} {-r}v{-h}a{corner} {r} {-r}z"
    return _Path().read(outline)[0]


class _Path:
    """Reads path data."""

    def __init__(self) -> None:
        self.done: list[Stroke] = []
        self.here: Point = (0.0, 0.0)
        # The last control point of a curve, which the next may mirror, and the command that it belongs to.
        self.control: Point = (0.0, 0.0)
        self.before = ""

    def read(self, data: str) -> list[Stroke]:
        for command, numbers in _commands(data):
            self._draw(command, numbers)
            self.before = command.upper()
        return [stroke for stroke in self.done if stroke]

    def _draw(self, command: str, numbers: list[float]) -> None:
        if command in "Zz":
            self._to(self.done[-1][0])
            return
        dx, dy = self.here if command.islower() else (0.0, 0.0)
        kind = command.upper()
        if kind == "A":
            self._arc(numbers, (numbers[5] + dx, numbers[6] + dy))
            return
        if kind in "HV":
            self._to((numbers[0] + dx, self.here[1]) if kind == "H" else (self.here[0], numbers[0] + dy))
            return
        points = [(x + dx, y + dy) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        if kind == "M":
            self.done.append([points[0]])
            self.here = points[0]
        elif kind == "L":
            self._to(points[0])
        else:
            self._curve(kind, points)

    def _to(self, point: Point) -> None:
        if self.before == "Z":
            self.done.append([self.here])
        self.done[-1].append(point)
        self.here = point

    def _curve(self, kind: str, points: list[Point]) -> None:
        """A Bézier curve of the second or third degree, whose first control point may mirror the one before."""
        if kind in "ST":
            alike = self.before in ("CS" if kind == "S" else "QT")
            x, y = self.here
            points = [(2 * x - self.control[0], 2 * y - self.control[1]) if alike else self.here, *points]
        self.control = points[-2]
        ends = [self.here, *points]
        for i in range(1, _PIECES + 1):
            self._to(_bezier(ends, i / _PIECES))

    def _arc(self, numbers: list[float], end: Point) -> None:
        for point in _arc_points(self.here, numbers, end):
            self._to(point)


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with its numbers; further numbers repeat it, and after a move they draw lines."""
    for command, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", data):
        takes = _TAKES.get(command.upper(), 0)
        numbers = _numbers(text, is_arc=command in "Aa")
        if not takes:
            yield command, []
            continue
        for at in range(0, len(numbers) - takes + 1, takes):
            repeated = {"M": "L", "m": "l"}.get(command, command) if at else command
            yield repeated, numbers[at : at + takes]


def _numbers(text: str, *, is_arc: bool) -> list[float]:
    """The numbers of a command; the two flags of an arc may be written without a space."""
    found: list[float] = []
    at = 0
    while hit := (_FLAG if is_arc and len(found) % 7 in (3, 4) else _NUMBER).match(text, at):
        found.append(float(hit[1]))
        at = hit.end()
    return found


def _bezier(points: list[Point], share: float) -> Point:
    while len(points) > 1:
        points = [
            (one[0] + (two[0] - one[0]) * share, one[1] + (two[1] - one[1]) * share) for one, two in pairwise(points)
        ]
    return points[0]


def _arc_points(start: Point, numbers: list[float], end: Point) -> list[Point]:
    """The points of an elliptic arc; appendix B.2.4 of the SVG standard has the formulas."""
    rx, ry, tilt, large, sweep = abs(numbers[0]), abs(numbers[1]), radians(numbers[2]), numbers[3], numbers[4]
    if not rx or not ry or start == end:
        return [end]
    c, s = cos(tilt), sin(tilt)
    half_x, half_y = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x, y = c * half_x + s * half_y, c * half_y - s * half_x
    grow = sqrt(max(1.0, (x / rx) ** 2 + (y / ry) ** 2))
    rx, ry = rx * grow, ry * grow
    below = (rx * y) ** 2 + (ry * x) ** 2
    much = sqrt(max(0.0, ((rx * ry) ** 2 - below) / below)) * (1 if large != sweep else -1)
    cx, cy = much * rx * y / ry, -much * ry * x / rx
    first = _angle(1, 0, (x - cx) / rx, (y - cy) / ry)
    turn = _angle((x - cx) / rx, (y - cy) / ry, (-x - cx) / rx, (-y - cy) / ry) % (2 * pi)
    turn -= 0 if sweep else 2 * pi
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    pieces = max(1, ceil(abs(turn) / (2 * pi) * _TURN))
    at: Callable[[float], Point] = lambda angle: (  # noqa: E731 -- one formula
        c * (rx * cos(angle) + cx) - s * (ry * sin(angle) + cy) + middle[0],
        s * (rx * cos(angle) + cx) + c * (ry * sin(angle) + cy) + middle[1],
    )
    return [at(first + turn * i / pieces) for i in range(1, pieces)] + [end]


def _angle(ux: float, uy: float, vx: float, vy: float) -> float:
    between = (ux * vx + uy * vy) / (hypot(ux, uy) * hypot(vx, vy))
    return copysign(acos(max(-1.0, min(1.0, between))), ux * vy - uy * vx)
