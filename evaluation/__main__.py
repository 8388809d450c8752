"""`make eval`, or `python -m evaluation SECTION…`: runs the sections and prints their tables; fails on a missed bar.

It has a database of its own in the embedded server, made anew by each run.
"""

import importlib
import os
import sys

from core import data_folder
from devtools import embedded
from devtools.embedded import postgres

# In this order. A section is the module of that name in this package, with `report() -> Report`.
SECTIONS = ("crisis", "phrasings", "questions", "prompts", "tones", "patterns")
FOLDER = data_folder.home() / "evaluation"


def main(names: list[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        _prepare()
        return _run(names or list(SECTIONS))
    finally:
        embedded.stop(FOLDER)


def _prepare() -> None:
    """Starts the servers and creates the database with its content."""
    servers = embedded.start(FOLDER)
    os.environ |= embedded.development_environment(FOLDER) | {
        "WELLNESS_HOME": str(FOLDER),
        "DATABASE_URL": postgres.make_database(servers.database_url, "evaluation"),
        "REDIS_URL": servers.redis_url,
        "DEVELOPMENT": "1",
        "DJANGO_SETTINGS_MODULE": "wellness.settings",
    }
    import django  # noqa: PLC0415 - needs the environment
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)


def _run(names: list[str]) -> int:
    missed: list[str] = []
    for name in names:
        report = importlib.import_module(f"evaluation.{name}").report()
        print(f"\n{report.title}\n" + "\n".join(report.lines), flush=True)
        missed += report.missed
    print(f"\n{len(missed)} missed" + "".join(f"\n  {claim}" for claim in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
