"""`make bench`: speed as ratios against a floor measured in the same run.

Machines are shared and noisy, so each figure is the median of several rounds that alternate with the floor, and only
the ratios can be compared across runs. Prints the figures and writes them into docs/measurements.md.

    make bench                       everything: about 20 minutes on two quiet cores
    make bench ROWS=tap,today        some groups of bench/rows.py
    python -m bench --quick          seconds, for who changes the bench; its figures mean nothing and are not written
"""

import argparse
import platform
from collections.abc import Iterator

from bench import report, stage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="", help="groups of bench/rows.py, separated by commas")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    with stage.servers() as environment:
        sections = _measure(environment, {name for name in asked.rows.split(",") if name}, quick=asked.quick)
    if not asked.quick:
        report.write(sections)


def _measure(environment: dict[str, str], groups: set[str], *, quick: bool) -> list[report.Section]:
    import django  # noqa: PLC0415 - needs the environment

    django.setup()
    from bench import rows  # noqa: PLC0415

    if unknown := groups - set(rows.GROUPS):
        raise SystemExit(f"no rows {', '.join(sorted(unknown))}; there are {', '.join(rows.GROUPS)}")
    wanted = groups or set(rows.GROUPS)
    sections = []
    with stage.Stage.set_up(stage.QUICK if quick else stage.FULL, environment) as here:
        for section in _sections(here, wanted):
            # At once: a later one may fail.
            print(f"\n{section.text}\n", flush=True)
            sections.append(section)
    if not groups:
        sections.insert(0, _machine(here))
    return sections


def _sections(here: stage.Stage, wanted: set[str]) -> Iterator[report.Section]:
    from bench import rows  # noqa: PLC0415

    if requests := [one for one in rows.REQUESTS if one.group in wanted]:
        measured = _rounds(here, requests)
        yield rows.ratios_section(measured)
        yield rows.requests_section(measured)
    for study in rows.STUDIES:
        if study.group in wanted:
            print(f"measuring {study.name}", flush=True)
            yield study.measure(here)


def _rounds(here: stage.Stage, requests: list) -> dict:
    measured: dict[str, list] = {}
    for request in requests:
        here.closed(request.make(here, 99), bare=request.bare, seconds=1)
    here.forget_today()
    for turn in range(here.scale.rounds):
        for request in requests:
            result, cpu = here.closed(request.make(here, turn), bare=request.bare)
            measured.setdefault(request.name, []).append((result, cpu))
            print(
                f"{request.name:26} {result.rate:6.0f}/s  p99 {result.p99:6.1f} ms"
                f"  CPU {cpu.server:5.1f} + {cpu.postgres:4.1f} ms",
                flush=True,
            )
        here.forget_today()
    return measured


def _machine(here: stage.Stage) -> report.Section:
    import os  # noqa: PLC0415 - only here

    from django.db import connection  # noqa: PLC0415 - needs the environment

    from bench import floors  # noqa: PLC0415 - the same

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    tps = floors.bare_transaction(here.environment["BARE_URL"], seconds=max(int(here.scale.seconds), 1))
    rows = [
        ("cores, shared with the load generator", str(os.cpu_count())),
        ("Python", platform.python_version()),
        ("PostgreSQL, fsync on", version),
        ("its bare transactions a second", report.number(tps, 0)),
        ("measured", f"{here.now:%Y-%m-%d}"),
    ]
    return report.Section("The machine", ("what", "value"), rows)


if __name__ == "__main__":
    main()
