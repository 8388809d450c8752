"""Digits that somebody sends are read with a limit: int() refuses thousands of them, and signs such as ²."""

import re

from tests.test_architecture import PACKAGES, ROOT

# On one line with int(): which digits, and how many of them.
_ASKED = re.compile(r"\.is(digit|decimal|numeric)\(\)")


def test_numbers_in_texts_are_asked_for_kind_and_length():
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    lines = [(path.relative_to(ROOT), line) for path in sources for line in path.read_text().splitlines()]
    asked = [(path, line.strip()) for path, line in lines if "int(" in line and _ASKED.search(line)]
    wrong = [one for one in asked if ".isdecimal()" not in one[1] or "len(" not in one[1]]

    assert len(asked) > 3
    assert wrong == []
