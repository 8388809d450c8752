"""The picture of a share card, as PNG.

The achievement's badge and texts, or the days of a week; the person's name and the date only where the card says so.
"""

import datetime as dt
import io
from functools import lru_cache
from math import sqrt

import pylopdf_fonts_ko as fonts
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image, ImageDraw, ImageFont

from accounts.days import ONE_DAY
from core import colors, icon_strokes
from core.templatetags import ui
from gamification.models import Achievement, ShareCard, UserAchievement

SIZE = 1080
PAPER, INK, SOFT, ON_BADGE, MARK = "#FBF8F2", "#2A2622", "#6B645C", "#FFFFFF", "#A5332A"


def png(card: ShareCard) -> bytes:
    """The card as PNG, in the person's language."""
    image = Image.new("RGB", (SIZE, SIZE), PAPER)
    draw = ImageDraw.Draw(image)
    with translation.override(card.user.language):
        day = (
            _achievement(draw, card.earned)
            if card.earned
            else _week(draw, card.week_ends_on or dt.date.min, card.week_days or [])
        )
    chosen = (card.user.name if card.with_name else "", day if card.with_day else "")
    _centred(draw, " · ".join(part for part in chosen if part), 960, 34)
    _centred(draw, "WellnessAI", 1020, 28, fill=SOFT)
    out = io.BytesIO()
    image.save(out, "PNG")  # `optimize` takes twice as long for 7 % fewer bytes
    return out.getvalue()


def _achievement(draw: ImageDraw.ImageDraw, earned: UserAchievement) -> str:
    """Draws the achievement. Returns its day."""
    achievement = earned.achievement
    _badge(draw, achievement)
    _centred(draw, achievement.text("name"), 690, 72, serif=True)
    for number, line in enumerate(_lines(draw, achievement.text("description"))):
        _centred(draw, line, 790 + 56 * number, 40, fill=SOFT)
    return date_format(earned.user.calendar.local(earned.earned_at), "DATE_FORMAT")


def _week(draw: ImageDraw.ImageDraw, ends_on: dt.date, shares: list[int | None]) -> str:
    """Draws a drop for each day, filled by what was done of it. Returns the span of the week."""
    days = [ends_on - (len(shares) - 1 - place) * ONE_DAY for place in range(len(shares))]
    perfect = sum(share == 100 for share in shares)
    _centred(draw, _("한 주 돌아보기"), 230, 48, fill=SOFT)
    _centred(draw, ngettext("다 한 날이 %(n)d일", "다 한 날이 %(n)d일", perfect) % {"n": perfect}, 360, 104, serif=True)
    for place, (day, share) in enumerate(zip(days, shares, strict=True)):
        x = SIZE // 2 + (place - 3) * 132
        _drop(draw, x, 600, share)
        draw.text((x, 710), date_format(day, "D"), font=_font(34), fill=SOFT, anchor="mm")
    return " – ".join(date_format(day, "MONTH_DAY_FORMAT") for day in (days[0], days[-1]))


def _drop(draw: ImageDraw.ImageDraw, x: int, y: int, share: int | None) -> None:
    """A ring, and in it a disc whose area is the share; a line where nothing was asked for."""
    if share is None:
        draw.line((x - 22, y, x + 22, y), fill=SOFT, width=5)
        return
    draw.ellipse((x - 50, y - 50, x + 50, y + 50), outline=SOFT, width=3)
    r = 50 * sqrt(share / 100)
    draw.ellipse((x - r, y - r, x + r, y + r), fill=MARK)


def _badge(draw: ImageDraw.ImageDraw, achievement: Achievement) -> None:
    """The shape of the rarity in its colour, with icon and letters: circle, square, octagon, flower."""
    color = _fill(achievement.color)
    x, y, r = SIZE // 2, 360, 220
    box = (x - r, y - r, x + r, y + r)
    match achievement.rarity:
        case "rare":
            draw.rounded_rectangle(box, 60, fill=color)
        case "epic":
            draw.regular_polygon((x, y, r + 12), 8, rotation=22.5, fill=color)
        case "legendary":
            for angle in range(8):
                draw.regular_polygon((x, y, r + 20), 3, rotation=angle * 15, fill=color)
        case _:
            draw.ellipse(box, fill=color)
    _icon(draw, achievement.icon, x, y - 92)
    draw.text((x, y + 52), achievement.letters, font=_font(120, serif=True), fill=ON_BADGE, anchor="mm")


def _fill(color: str | None) -> str:
    """The colour as pages fill a badge with it on paper: the letters on it can be read."""
    found = colors.parse(color)
    return colors.shades(found).ink.light if colors.badge_key(color) and found else MARK


def _icon(draw: ImageDraw.ImageDraw, name: str, x: int, y: int) -> None:
    """The icon's strokes with round ends, its middle at this point."""
    scale, half = 5.0, 5
    for stroke in icon_strokes.strokes(ui.shapes(name)):
        points = [(x + scale * (across - 12), y + scale * (down - 12)) for across, down in stroke]
        draw.line(points, fill=ON_BADGE, width=2 * half, joint="curve")
        for across, down in (points[0], points[-1]):
            draw.ellipse((across - half, down - half, across + half, down + half), fill=ON_BADGE)


def _centred(draw: ImageDraw.ImageDraw, text: str, y: int, size: int, *, serif: bool = False, fill: str = INK) -> None:
    while size > 20 and draw.textlength(text, font=_font(size, serif=serif)) > SIZE - 120:
        size -= 4
    draw.text((SIZE // 2, y), text, font=_font(size, serif=serif), fill=fill, anchor="mm")


def _lines(draw: ImageDraw.ImageDraw, text: str) -> list[str]:
    """The text in at most two lines, broken between words."""
    words, first = text.split(), ""
    while words and draw.textlength(f"{first} {words[0]}", font=_font(40)) < SIZE - 160:
        first = f"{first} {words.pop(0)}".strip()
    return [line for line in (first, " ".join(words)) if line]


@lru_cache(maxsize=32)
def _font(size: int, *, serif: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(fonts.serif_path() if serif else fonts.sans_path(), size)
