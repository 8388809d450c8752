"""Colour tokens of static/css/tokens.css, and a category's shades with assured contrast.

Contrast is WCAG 2's ratio, 1 to 21: text needs 4.5 (AA), marks and icons 3.
"""

import colorsys
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, NewType

from django.conf import settings

# `#RRGGBB`, in capital letters.
Color = NewType("Color", str)

TEXT_CONTRAST = 4.5
MARK_CONTRAST = 3.0

_TOKEN = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\)")


class Themed(NamedTuple):
    light: Color
    dark: Color


class Shades(NamedTuple):
    """`mark` fills and draws, `ink` is for text and `wash` is the ground behind both."""

    mark: Themed
    ink: Themed
    wash: Themed


@lru_cache(maxsize=1)
def tokens() -> dict[str, Themed]:
    """The colours of tokens.css that differ between themes, by name: `paper`, `card`."""
    css = Path(settings.BASE_DIR, "static", "css", "tokens.css").read_text()
    return {name: Themed(Color(light), Color(dark)) for name, light, dark in _TOKEN.findall(css)}


# The colours of the schema document, tuned by hand: beside these the computed shades are duller.
DESIGNED = {
    color: Shades(*(Themed(Color(light), Color(dark)) for light, dark in pairs))
    for color, pairs in {
        "#E53E3E": (("#E53E3E", "#F26D6D"), ("#B02323", "#FF9C98"), ("#FBE9E5", "#3A2120")),
        "#38A169": (("#33965F", "#4DB87E"), ("#21683E", "#7FD6A6"), ("#E3F1E6", "#1B3325")),
        "#805AD5": (("#805AD5", "#9F83E6"), ("#6641BB", "#C2AEF5"), ("#EEE8F8", "#2C2540")),
        "#3182CE": (("#3182CE", "#4F9BE0"), ("#225E98", "#8CC2F2"), ("#E4EEF7", "#1B2D3E")),
        "#D69E2E": (("#B47A1C", "#D69E2E"), ("#83560F", "#EBC069"), ("#F8EED6", "#352A13")),
        "#DD6B20": (("#DD6B20", "#E98142"), ("#9F430D", "#F8AE7C"), ("#FDF1E7", "#3A2515")),
        "#ED64A6": (("#DB4A93", "#ED64A6"), ("#AB296C", "#F79CC8"), ("#FBE7F0", "#3B1F2E")),
    }.items()
}


def parse(text: str | None) -> Color | None:
    """`text` as a colour, or None when it is not `#RRGGBB`."""
    return Color(text.upper()) if text and re.fullmatch(r"#[0-9A-Fa-f]{6}", text) else None


def key(text: str | None) -> str:
    """The value of `data-cat` for a designed colour: "color-e53e3e"; "" for any other colour."""
    color = parse(text)
    return f"color-{color[1:].lower()}" if color in DESIGNED else ""


@lru_cache(maxsize=256)
def badge_key(text: str | None) -> str:
    """The value of `data-cat` for the colour of a badge: "color-123456".

    "" for the red that badges have anyway.
    """
    color = parse(text)
    return f"color-{color[1:].lower()}" if color and color != tokens()["badge"].light else ""


@lru_cache(maxsize=256)
def shades(color: Color) -> Shades:
    """The shades of `color` in both themes: same hue, lightness moved until contrast is met."""
    return DESIGNED.get(color) or _computed(color)


def contrast(one: Color, other: Color) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _computed(color: Color) -> Shades:
    marks, inks, washes = [], [], []
    for theme, toward_white, share in ((0, False, 0.1), (1, True, 0.16)):
        paper, card, ink_3 = (tokens()[name][theme] for name in ("paper", "card", "ink-3"))
        # The quietest text is written on the wash, too.
        wash = _reached(_mixed(color, card, share), [ink_3], TEXT_CONTRAST, toward_white=not toward_white)
        grounds = [paper, card, wash]
        washes.append(wash)
        marks.append(_reached(color, grounds, MARK_CONTRAST, toward_white=toward_white))
        inks.append(_reached(color, grounds, TEXT_CONTRAST, toward_white=toward_white))
    return Shades(Themed(*marks), Themed(*inks), Themed(*washes))


def _reached(color: Color, against: Iterable[Color], ratio: float, *, toward_white: bool) -> Color:
    """`color` itself, or the nearest lightness on the way to white or black with that contrast."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(color))
    end, candidate = (1.0 if toward_white else 0.0), color
    for step in range(101):
        candidate = _color(colorsys.hls_to_rgb(hue, lightness + (end - lightness) * step / 100, saturation))
        if all(contrast(candidate, other) >= ratio for other in against):
            return candidate
    return candidate


def _mixed(color: Color, ground: Color, share: float) -> Color:
    pairs = zip(_channels(color), _channels(ground), strict=True)
    return _color(tuple(over * share + under * (1 - share) for over, under in pairs))


def _luminance(color: Color) -> float:
    """Relative luminance as WCAG defines it."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: Color) -> tuple[float, ...]:
    return tuple(int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))


def _color(channels: Iterable[float]) -> Color:
    return Color("#" + "".join(f"{round(channel * 255):02X}" for channel in channels))
