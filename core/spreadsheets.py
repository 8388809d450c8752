"""CSV cells that spreadsheets open safely."""

import unicodedata
from typing import Any

# Beginnings that a spreadsheet reads as a formula; in full width (＝ ＋ － ＠) as well.
_FORMULA_STARTS = ("=", "+", "-", "@", "\N{MINUS SIGN}", "\t", "\r", "\n")


def safe_cell(value: Any) -> Any:
    """Marks texts that look like a formula as text."""
    if not isinstance(value, str):
        return value
    start = unicodedata.normalize("NFKC", value[:1])
    return f"'{value}" if start.startswith(_FORMULA_STARTS) else value
