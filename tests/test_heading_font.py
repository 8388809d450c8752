"""The heading font has every syllable of our texts and stays small."""

from devtools import heading_font


def test_every_syllable_of_our_texts_is_in_the_font():
    there = set(heading_font.CHARACTERS.read_text())

    assert sorted(heading_font.syllables() - there) == [], "run scripts/heading-font"


def test_the_font_is_small():
    assert heading_font.FONT.stat().st_size <= 120 * 1024
