"""`make bench`: speed as ratios against a floor measured in the same run.

Machines are shared and noisy, so each figure is the median of several rounds that alternate with the floor, and only
the ratios can be compared across runs. Writes the table to <WELLNESS_HOME>/bench/measurements.md.
"""

import datetime as dt
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core import data_folder
from devtools import embedded

if TYPE_CHECKING:
    from bench.catalogue_size import CatalogueCost

ROUNDS = 5
SECONDS = 4.0
HOME = data_folder.home()
FOLDER = HOME / "bench"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    environment = _prepare()
    try:
        _measure(environment)
    finally:
        embedded.stop(FOLDER)


def _prepare() -> dict[str, str]:
    """Starts durable servers (fsync on); returns production settings without TLS."""
    servers = embedded.start(FOLDER)
    secrets = embedded.development_environment(FOLDER)
    from bench import floors  # noqa: PLC0415 - reads no settings

    url = floors.make_database(servers.database_url, "bench")
    bare_url = floors.make_database(servers.database_url, "bare")
    environment = secrets | {
        "WELLNESS_HOME": str(FOLDER),
        "DATABASE_URL": url,
        "REDIS_URL": servers.redis_url,
        "BARE_URL": bare_url,
        "DEVELOPMENT": "0",
        "DEBUG": "0",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SUPPORT_EMAIL": "help@localhost",
        "SITE_URL": "http://127.0.0.1",
        "EMAIL_URL": "smtp://localhost:25",
        "DJANGO_SETTINGS_MODULE": "wellness.settings",
    }
    for name in ("OPERATOR_DETAILS", "PRIVACY_OFFICER", "PROCESSORS", "MODEL_PROVIDER", "MODEL_COUNTRY"):
        environment[name] = "-"
    os.environ.update(environment)
    for command in (["migrate", "-v0"], ["collectstatic", "-v0", "--no-input", "--clear"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True)
    return environment


def _measure(environment: dict[str, str]) -> None:
    import django  # noqa: PLC0415 - needs the environment

    django.setup()
    from bench import catalogue_size, due_reminders, floors, load, service  # noqa: PLC0415
    from bench.people import Group  # noqa: PLC0415

    now = dt.datetime.now(dt.UTC)
    print("creating people: ten habits each, 30 days, 3 years and 10 years of history", flush=True)
    month = Group("month", people=100, days=30, now=now)
    years = Group("years", people=50, days=3 * 365, now=now)
    decade = Group("decade", people=50, days=3650, now=now)
    bare_environment = os.environ | environment | {"DATABASE_URL": environment["BARE_URL"]}
    bare_environment["DJANGO_SETTINGS_MODULE"] = "bench.bare.settings"
    bare = floors.BareDjango(bare_environment, sys.executable)
    tps = floors.bare_transaction(environment["BARE_URL"], seconds=5)

    results: dict[str, list[load.Result]] = {}
    with (
        service.running("wellness.wsgi:application", environment, log=FOLDER / "web.log") as (port, pid),
        service.running("bench.bare.wsgi:application", bare_environment, log=FOLDER / "bare.log") as (
            bare_port,
            _bare_pid,
        ),
    ):
        load.run(port, month.pages(0), seconds=2, expect=b" 200 ")
        load.run(bare_port, bare.pages(), seconds=2, expect=b" 200 ")
        for round_number in range(ROUNDS):
            for name, at, requests in (
                ("check-in, 30 days", port, month.check_ins(round_number)),
                ("check-in, 3 years", port, years.check_ins(round_number)),
                ("check-in, 10 years", port, decade.check_ins(round_number)),
                ("bare check-in", bare_port, bare.check_ins()),
                ("Today, 30 days", port, month.pages(round_number)),
                ("Today, 3 years", port, years.pages(round_number)),
                ("Today, 10 years", port, decade.pages(round_number)),
                ("bare page", bare_port, bare.pages()),
                ("insights, 3 years", port, years.pages(round_number, path="/insights/")),
                ("insights, 10 years", port, decade.pages(round_number, path="/insights/")),
            ):
                result = load.run(at, requests, seconds=SECONDS, expect=b" 200 ")
                if result.refused:
                    raise RuntimeError(f"{name}: {result.refused} of {result.answered} answers were not 200")
                results.setdefault(name, []).append(result)
                print(f"{name:20} {result.rate:7.0f}/s  p50 {result.p50:5.1f} ms  p99 {result.p99:5.1f} ms", flush=True)
            for group in (month, years, decade):
                group.forget_today()
        held = service.memory(pid)
    print("finding a minute's due reminders among 100,000 and 1,000,000 habits", flush=True)
    due = due_reminders.measure().ratio
    print("checking in beside 300 invented achievements, and reading records for a back-fill", flush=True)
    catalogue = catalogue_size.measure(decade.people, decade.habits[:200], now=now)
    _report(results, tps=tps, memory=held, due=due, catalogue=catalogue)


def _report(results: dict, *, tps: float, memory: float, due: float, catalogue: "CatalogueCost") -> None:
    rate = {name: statistics.median(one.rate for one in many) for name, many in results.items()}
    rows = [
        ("check-in ÷ bare Django's check-in", rate["check-in, 30 days"] / rate["bare check-in"], "≥ 1.1"),
        ("check-in: 3 years ÷ 30 days", rate["check-in, 3 years"] / rate["check-in, 30 days"], "≥ 0.83"),
        ("check-in: 10 years ÷ 30 days", rate["check-in, 10 years"] / rate["check-in, 30 days"], "≥ 0.83"),
        ("check-in ÷ PostgreSQL's bare transaction", rate["check-in, 30 days"] / tps, "-"),
        ("Today ÷ bare Django's page", rate["Today, 30 days"] / rate["bare page"], "≥ 1"),
        ("Today: 3 years ÷ 30 days", rate["Today, 3 years"] / rate["Today, 30 days"], "≥ 0.83"),
        ("Today: 10 years ÷ 30 days", rate["Today, 10 years"] / rate["Today, 30 days"], "≥ 0.83"),
        ("insights: 10 years ÷ 3 years", rate["insights, 10 years"] / rate["insights, 3 years"], "≥ 0.83"),
        ("a minute's due reminders: among 1,000,000 habits ÷ among 100,000", due, "≤ 1.5"),
        ("check-in: beside 300 invented achievements ÷ without them", catalogue.ratio, "≤ 1.05"),
    ]
    lines = ["| what | ratio | aim |", "|---|---|---|"]
    lines += [f"| {what} | {ratio:.2f} | {aim} |" for what, ratio, aim in rows]
    lines += [
        f"| web processes, MB together | {memory:.0f} | ≤ 250 |",
        f"| back-fill, check-ins read a second | {catalogue.logs_a_second:,.0f} | - |",
        "",
        "| request | per second | p50 ms | p99 ms |",
    ]
    lines += ["|---|---|---|---|", f"| PostgreSQL's bare transaction | {tps:.0f} | - | - |"]
    for name, many in results.items():
        p50, p99 = (statistics.median(getattr(one, which) for one in many) for which in ("p50", "p99"))
        lines.append(f"| {name} | {rate[name]:.0f} | {p50:.1f} | {p99:.1f} |")
    text = "\n".join(lines) + "\n"
    Path(FOLDER, "measurements.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
