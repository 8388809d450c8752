"""The picture of a share card, as PNG.

The achievement's badge and texts; the person's name and the day only where the card says so.
"""

import io
from functools import lru_cache

import pylopdf_fonts_ko as fonts
from django.utils import translation
from django.utils.formats import date_format
from PIL import Image, ImageDraw, ImageFont

from gamification.models import ShareCard

SIZE = 1080
PAPER, INK, SOFT, ON_BADGE = "#FBF8F2", "#2A2622", "#6B645C", "#FFFFFF"


def png(card: ShareCard) -> bytes:
    """The card as PNG, in the person's language."""
    achievement, user = card.earned.achievement, card.user
    with translation.override(user.language):
        name, description = achievement.text("name"), achievement.text("description")
        day = date_format(user.calendar.local(card.earned.earned_at), "DATE_FORMAT") if card.with_day else ""
    image = Image.new("RGB", (SIZE, SIZE), PAPER)
    draw = ImageDraw.Draw(image)
    _badge(draw, achievement.letters, achievement.color or "#A5332A", achievement.rarity)
    _centred(draw, name, 690, 72, serif=True)
    for number, line in enumerate(_lines(draw, description)):
        _centred(draw, line, 790 + 56 * number, 40, fill=SOFT)
    _centred(draw, " · ".join(part for part in (user.name if card.with_name else "", day) if part), 960, 34)
    _centred(draw, "WellnessAI", 1020, 28, fill=SOFT)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _badge(draw: ImageDraw.ImageDraw, letters: str, color: str, rarity: str) -> None:
    """The shape of the rarity with the letters: circle, square, octagon, flower."""
    x, y, r = SIZE // 2, 360, 220
    box = (x - r, y - r, x + r, y + r)
    match rarity:
        case "rare":
            draw.rounded_rectangle(box, 60, fill=color)
        case "epic":
            draw.regular_polygon((x, y, r + 12), 8, rotation=22.5, fill=color)
        case "legendary":
            for angle in range(8):
                draw.regular_polygon((x, y, r + 20), 3, rotation=angle * 15, fill=color)
        case _:
            draw.ellipse(box, fill=color)
    draw.text((x, y), letters, font=_font(130, serif=True), fill=ON_BADGE, anchor="mm")


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
