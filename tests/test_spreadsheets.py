"""Cells that a spreadsheet must not calculate."""

import pytest

from core.spreadsheets import safe_cell, unmarked

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "−"]


@pytest.mark.parametrize("start", STARTS)
def test_a_text_that_begins_like_a_formula_is_marked(start):
    text = f'{start}HYPERLINK("http://evil")'

    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["물 마시기", "3-4잔", "", "'90년대", "''", -5, 0.5, None])
def test_everything_else_is_written_as_it_is(value):
    assert safe_cell(value) == value


@pytest.mark.parametrize("text", ["=1", "'=1", "''＝1", "'", "'90년대", "", "물", "-"])
def test_a_marked_text_is_read_back(text):
    assert unmarked(safe_cell(text)) == text
    assert not safe_cell(text).startswith(tuple(STARTS))
