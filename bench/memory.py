"""Memory of the web processes and of the database, by process."""

from bench import processes, report
from bench.stage import Stage


def measure(stage: Stage) -> report.Section:
    """After every page was served."""
    for requests in (
        stage.month.check_ins(0),
        *(stage.month.pages(0, path=path) for path in ("/today/", "/insights/", "/habits/", "/me/")),
        stage.month.habit_pages(0),
    ):
        stage.closed(requests, seconds=1)
    web = list(processes.memory(stage.pid).values())
    database = processes.memory(stage.database_pid).values()
    rows = [
        ("web processes together", report.number(sum(web), 0), "≤ 250"),
        *((f"web process {place}", report.number(one, 0), "-") for place, one in enumerate(web, start=1)),
        (f"PostgreSQL, {len(database)} processes", report.number(sum(database), 0), "-"),
    ]
    return report.Section(
        "Memory by process", ("what", "MB", "aim"), rows, "Shared pages are divided among their processes (PSS)."
    )
