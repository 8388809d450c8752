"""The jobs of the night: what is due is found, done in batches, and leaves the people at day in peace.

Every job of beat's schedule is measured with nothing due, a new one without a line here. JOBS has those with work to do.
"""

import contextlib
import dataclasses
import datetime as dt
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import crowd, due_reminders
from bench.report import Section, number
from bench.stage import Stage
from bench.temporary_tables import large_temporary_tables
from habits import streak_rollover
from wellness.celery import app

PEOPLE, HABITS = 50_000, 3
IDLE_HABITS = 1_000_000
IDLE_PEOPLE = 20_000
# Of the closed loop's rate: taps on an ordinary evening.
BESIDE = 0.3
ROUNDS = 7
COLUMNS = ("what", "value", "aim")

_COPY = (
    "CREATE TEMPORARY TABLE user_habits (LIKE public.user_habits INCLUDING DEFAULTS INCLUDING INDEXES) ON COMMIT DROP"
)
# None is due: each rolls over within the next day, at the midnight of one zone or another.
_FILL = """
    INSERT INTO user_habits (user_id, habit_id, streak_through, next_rollover_at)
    SELECT gen_random_uuid(), gen_random_uuid(), current_date - 1, %(now)s + (1 + n %% 96) * interval '15 minutes'
    FROM generate_series(1, %(rows)s) AS n
"""
_DUE_AGAIN = """
    UPDATE user_habits SET streak_through = %s, next_rollover_at = %s
    FROM users WHERE users.id = user_habits.user_id AND users.email_index LIKE 'crowd midnight %%'
"""


@dataclasses.dataclass(frozen=True)
class Job:
    name: str
    measure: Callable[[Stage], Section]


def _reminders(stage: Stage) -> Section:
    due = stage.scale
    found = due_reminders.measure(few=due.of(due_reminders.FEW), many=due.of(due_reminders.MANY))
    rows = [
        (f"{due_reminders.DUE} due of 100,000 habits, ms", f"{found.few_ms:.1f}", "-"),
        (f"{due_reminders.DUE} due of 1,000,000 habits, ms", f"{found.many_ms:.1f}", "-"),
        ("ratio", f"{found.ratio:.2f}", "≤ 1.5"),
    ]
    return Section("A minute's due reminders", COLUMNS, rows)


def _rollover(stage: Stage) -> Section:
    """One midnight for everybody, alone and beside people who check in; then a run with nothing due."""
    people = stage.scale.of(PEOPLE)
    through = stage.now.date() - dt.timedelta(days=3)
    crowd.add_people("midnight", people=people, habits=HABITS, through=through, zones=["Asia/Seoul"], next_at=stage.now)
    began, cpu = time.perf_counter(), time.process_time()
    done = streak_rollover.roll_over(now=stage.now)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    if done < people * HABITS:
        raise RuntimeError(f"{done} habits were rolled over, not {people * HABITS}")
    calm, beside = _taps_beside(stage, through)
    crowd.remove_people("midnight")
    rows = [
        (f"{people:,} people × {HABITS} habits after one midnight, seconds", number(took), "≤ 60"),
        ("of these, CPU of the worker", number(cpu), "-"),
        ("habits a second", number(done / took, 0), "-"),
        ("p99 of taps beside it, ms", f"{beside:.1f}", "-"),
        ("p99 of taps beside it ÷ without it", f"{beside / calm:.2f}", "≤ 1.5"),
        (f"a run with nothing due among {IDLE_HABITS:,} habits, ms", f"{_idle(stage):.1f}", "≤ 50"),
    ]
    return Section("The streak rollover", COLUMNS, rows)


def _taps_beside(stage: Stage, through: dt.date) -> tuple[float, float]:
    """The p99 of taps at a fixed rate, without the job and beside it."""
    rate = stage.closed(stage.month.check_ins_without_end(0))[0].rate * BESIDE
    seconds = 3 * stage.scale.seconds
    calm = stage.open(stage.month.check_ins_without_end(1), rate=rate, seconds=seconds).p99
    with connection.cursor() as cursor:
        cursor.execute(_DUE_AGAIN, [through, stage.now])
    with _worker():
        beside = stage.open(stage.month.check_ins_without_end(2), rate=rate, seconds=seconds).p99
    stage.forget_today()
    return calm, beside


@contextlib.contextmanager
def _worker() -> Iterator[None]:
    """Another process that rolls streaks over as long as the block lasts."""
    script = (
        "import datetime, django; django.setup()\n"
        "from habits import streak_rollover\n"
        "print('ready', flush=True); streak_rollover.roll_over(now=datetime.datetime.now(datetime.UTC))"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    try:
        if process.stdout:
            process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait()


def _idle(stage: Stage) -> float:
    """Milliseconds of a run with nothing due, on a temporary copy of the table."""
    now = dt.datetime.now(dt.UTC)
    with large_temporary_tables() as cursor:
        cursor.execute(_COPY)
        cursor.execute(_FILL, {"rows": stage.scale.of(IDLE_HABITS), "now": now})
        cursor.execute("ANALYZE user_habits")
        return statistics.median(_milliseconds(lambda: streak_rollover.roll_over(now=now)) for _round in range(ROUNDS))


def _beat(stage: Stage) -> Section:
    """Each job of the schedule among people of whom none has work for it."""
    through = stage.now.date() - dt.timedelta(days=1)
    people = stage.scale.of(IDLE_PEOPLE)
    crowd.add_people("idle", people=people, habits=HABITS, through=through, next_at=stage.now + dt.timedelta(days=1))
    app.loader.import_default_modules()
    rows = []
    for name, entry in sorted(app.conf.beat_schedule.items()):
        run = app.tasks[entry["task"]]
        run()
        with CaptureQueriesContext(connection) as queries:
            run()
        took = statistics.median(_milliseconds(run) for _round in range(3))
        rows.append((name, f"`{entry['task']}`", f"{took:.1f}", str(len(queries))))
    crowd.remove_people("idle")
    note = f"Among {people:,} people with {HABITS} habits each, in one process."
    return Section("Jobs with nothing due", ("job", "task", "ms", "statements"), rows, note)


def _milliseconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


JOBS = (
    Job("reminders", _reminders),
    Job("the streak rollover", _rollover),
    Job("jobs with nothing due", _beat),
)
