"""CSV cells that spreadsheets open safely."""

import unicodedata
from typing import Any

# Beginnings that a spreadsheet reads as a formula; in full width (＝ ＋ － ＠) as well.
_FORMULA_STARTS = ("=", "+", "-", "@", "\N{MINUS SIGN}", "\t", "\r", "\n")


# Begins a cell that is text whatever follows.
_MARK = "'"


def safe_cell(value: Any) -> Any:
    """Marks texts that look like a formula as text.

    Texts that look marked are marked again, so that `unmarked` is exact.
    """
    return f"{_MARK}{value}" if isinstance(value, str) and _is_formula(value.lstrip(_MARK)) else value


def unmarked(cell: str) -> str:
    """The text of a cell that `safe_cell` wrote."""
    return cell[1:] if cell.startswith(_MARK) and _is_formula(cell.lstrip(_MARK)) else cell


def _is_formula(text: str) -> bool:
    return unicodedata.normalize("NFKC", text[:1]).startswith(_FORMULA_STARTS)
