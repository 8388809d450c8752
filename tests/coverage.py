"""Checks the coverage that slipcover measured against the floor in pyproject.toml; `make test` runs it last.

Slipcover's own limit joins lines and branches into one percentage and loses the parallel workers' part in its table.
"""

import json
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
SHOWN = 10


def main(report: str) -> int:
    """Prints both percentages; returns 1 if one is below its floor, and names the files that miss most."""
    coverage = json.loads(Path(report).read_text())
    floor = tomllib.loads(PROJECT.read_text())["tool"]["wellness"]["coverage"]
    reached = {kind: _percentage(coverage["summary"], kind) for kind in floor}
    for kind, percentage in reached.items():
        print(f"coverage: {percentage:.1f} % of {kind}, floor {floor[kind]} %")
    if all(reached[kind] >= floor[kind] for kind in floor):
        return 0
    _print_gaps(coverage["files"])
    return 1


def _percentage(summary: dict[str, int], kind: str) -> float:
    covered, missing = summary[f"covered_{kind}"], summary[f"missing_{kind}"]
    return 100 * covered / (covered + missing)


def _print_gaps(files: dict[str, dict[str, dict[str, int]]]) -> None:
    gaps = {
        name: file["summary"]["missing_lines"] + file["summary"]["missing_branches"] for name, file in files.items()
    }
    for name in sorted(gaps, key=lambda name: -gaps[name])[:SHOWN]:
        print(f"  {gaps[name]:4} lines and branches not reached in {name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
