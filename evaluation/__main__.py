"""`make eval`, or `python -m evaluation SECTION…`: runs the sections and prints their tables; fails on a missed bar."""

import importlib
import os
import sys

# In this order. A section is the module of that name in this package, with `report() -> Report`.
SECTIONS = ("crisis",)


def main(names: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wellness.settings")
    missed: list[str] = []
    for name in names or SECTIONS:
        report = importlib.import_module(f"evaluation.{name}").report()
        print(f"\n{report.title}\n" + "\n".join(report.lines), flush=True)
        missed += report.missed
    print(f"\n{len(missed)} missed" + "".join(f"\n  {claim}" for claim in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
