"""The knee of each page: the highest rate of arrivals that is served well."""

from collections.abc import Callable, Iterator

from bench import open_loop
from bench.report import Section
from bench.stage import Stage

SECONDS = 6.0
# Of the closed loop's rate, where the climb begins.
FROM = 0.6

type Make = Callable[[Stage], Iterator[bytes]]

PAGES: dict[str, Make] = {
    "tap": lambda stage: stage.month.check_ins_without_end(0),
    "Today": lambda stage: stage.month.pages(0),
    "habit page": lambda stage: stage.month.habit_pages(0),
    "insights, 3 years": lambda stage: stage.years.pages(0, path="/insights/"),
}


def measure(stage: Stage) -> Section:
    rows = []
    for name, make in PAGES.items():
        found = _knee(stage, make)
        rows.append((name, f"{found.rate:.0f}", f"{found.p99:.0f}", f"{found.above:,.0f}"))
        print(f"{name:20} knee {found.rate:.0f}/s", flush=True)
        stage.forget_today()
    note = (
        f"Open loop: requests arrive at a fixed rate for {SECONDS:.0f} seconds, latencies count from the intended moment. The knee is the highest rate"
        f" with p99 ≤ {open_loop.WELL:.0f} ms and no error, in steps of {open_loop.STEP - 1:.0%}, confirmed."
    )
    return Section("The knee", ("request", "per second", "p99 ms there", "p99 ms one step above"), rows, note)


def _knee(stage: Stage, make: Make) -> open_loop.Knee:
    guess = stage.closed(make(stage))[0].rate * FROM
    seconds = SECONDS if stage.scale.divide == 1 else stage.scale.seconds
    return open_loop.knee(lambda rate: stage.open(make(stage), rate=rate, seconds=seconds), start=guess)
