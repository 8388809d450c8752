"""The figures as Markdown, printed and written to docs/measurements.md between two comments.

A run of some rows replaces their sections and leaves the others.
"""

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "measurements.md"
BEGIN, END = "<!-- written by make bench: begin -->", "<!-- written by make bench: end -->"


@dataclasses.dataclass(frozen=True)
class Section:
    """A table under a heading, and what to know about it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    # Only some of its rows were measured: printed, not written.
    is_partial: bool = False

    @property
    def text(self) -> str:
        lines = [f"### {self.title}", ""]
        lines += [self.note, ""] if self.note else []
        for cells in (self.columns, ["---"] * len(self.columns), *self.rows):
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join(lines)


def write(sections: Sequence[Section], *, document: Path = DOCUMENT) -> None:
    """Replaces these sections in the document, and appends those that it does not have yet."""
    text = document.read_text()
    before, _begin, rest = text.partition(BEGIN)
    written, _end, after = rest.partition(END)
    if not _end:
        raise RuntimeError(f"{document} has no place for figures: {BEGIN} … {END}")
    kept = {_title(part): part.strip() for part in re.split(r"^(?=### )", written, flags=re.M) if part.strip()}
    kept |= {section.title: section.text for section in sections if not section.is_partial}
    inside = "\n\n".join(kept.values())
    document.write_text(f"{before}{BEGIN}\n\n{inside}\n\n{END}{after}")


def _title(part: str) -> str:
    return part.partition("\n")[0].removeprefix("### ").strip()


def number(value: float, digits: int = 1) -> str:
    return f"{value:,.{digits}f}"
