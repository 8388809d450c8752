"""CSV cells that spreadsheets open safely."""

from typing import Any

# Beginnings that a spreadsheet reads as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: Any) -> Any:
    """Marks texts that look like a formula as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
