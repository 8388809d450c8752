"""What 300 invented achievements cost a check-in, what an import earns, and how fast records are looked through.

The records are those of 100,000 people with ten million check-ins; a back-fill is measured for BACKFILL_SECONDS, because
each batch of people costs the same. The machine is shared, so seconds of CPU, of this process and of PostgreSQL, stand
beside those of the clock, and the ratio of check-ins is one of CPU.
"""

import contextlib
import dataclasses
import datetime as dt
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from uuid6 import uuid7

from accounts.models import User
from bench import crowd
from bench.people import Group
from bench.processes import Cpu
from bench.report import Section, number
from bench.stage import Stage
from gamification import achievements, backfills, criteria
from gamification.models import Achievement
from habits import checkins
from habits.models import HabitLog
from habits.transfer import import_writer
from habits.transfer.parsed_file import ParsedDay, ParsedFile, ParsedHabit
from notifications.models import Notification

INVENTED = 300
# Of ten habits each, with ten years of history.
PEOPLE_WITH_YEARS = 20
# Each did its one habit on two of three of these days.
PEOPLE, DAYS = 100_000, 150
BACKFILL_SECONDS = 30
# Four habits of ten years, done on three of four days, are 10,000 check-ins and more.
IMPORTED_HABITS, IMPORTED_DAYS = 4, 3650

type Row = tuple[str, str, str]
COLUMNS = ("what", "value", "aim")


@dataclasses.dataclass
class Spent:
    """Seconds of the clock, and of CPU by side."""

    clock: float = 0.0
    cpu: Cpu = dataclasses.field(default_factory=lambda: Cpu(0.0, 0.0))

    @property
    def text(self) -> str:
        return f"{self.clock:.2f}; CPU {self.cpu.server:.2f} + {self.cpu.postgres:.2f}"


@contextlib.contextmanager
def _spent(stage: Stage) -> Iterator[Spent]:
    spent = Spent()
    before, begun = Cpu.read(os.getpid(), stage.database_pid), time.perf_counter()
    yield spent
    spent.clock = time.perf_counter() - begun
    spent.cpu = Cpu.read(os.getpid(), stage.database_pid).since(before)


def check_ins(stage: Stage) -> Section:
    """Check-ins of habits with ten years of history, in turn with and without the invented achievements."""
    by_cpu, by_clock = _ratios(stage)
    what = f"a check-in beside {INVENTED} invented achievements ÷ one without them"
    rows = [(f"{what}, CPU", number(by_cpu, 3), "≤ 1.05"), (f"{what}, clock", number(by_clock, 3), "-")]
    return Section("Check-ins beside many achievements", COLUMNS, rows)


def imports(stage: Stage) -> Section:
    """A file of ten years, with everything that its record earns."""
    today = stage.now.date()
    habits = [_imported(n, last=today - dt.timedelta(days=1)) for n in range(IMPORTED_HABITS)]
    parsed = ParsedFile("loop", today, habits=habits)
    import_writer.ensure_partitions(parsed)
    person = User.objects.create(email="import@example.com", name="지우", timezone="Asia/Seoul", is_verified=True)
    with _spent(stage) as spent:
        summary = import_writer.write(person.pk, parsed, ["add"] * IMPORTED_HABITS, now=stage.now)
    logs = HabitLog.objects.filter(user_habit__user=person).count()
    rows = [
        (f"an import of {logs:,} check-ins and what they earn, seconds", spent.text, "≤ 2"),
        (f"cards that tell of the {summary.badges} achievements", str(_cards(person)), "1"),
    ]
    return Section("An import of ten years", COLUMNS, rows)


def _cards(person: User) -> int:
    return Notification.objects.filter(user=person, notification_type=Notification.Type.ACHIEVEMENT).count()


def _imported(number: int, *, last: dt.date) -> ParsedHabit:
    days = [last - dt.timedelta(days=n) for n in range(IMPORTED_DAYS) if (n + number) % 4]
    done = {day: ParsedDay(1) for day in reversed(days)}
    return ParsedHabit(str(uuid7()), f"옮긴 습관 {number}", days=done, first_on=days[-1], last_on=days[0])


def records(stage: Stage) -> Section:
    """A back-fill and previews among many people. They stay: it is the last of the bench."""
    people, through = stage.scale.of(PEOPLE), stage.now.date() - dt.timedelta(days=1)
    print(f"joining {people:,} people with {people * DAYS * 2 // 3:,} check-ins", flush=True)
    crowd.add_people("badges", people=people, habits=1, through=through, days=DAYS)
    crowd.set_progress("badges", days=DAYS * 2 // 3)
    crowd.seal_addresses()
    rows = [
        *_backfill(stage),
        *_preview("a sum", {"kind": "total", "need": DAYS // 3}, stage=stage),
        *_preview("a moment", {"kind": "streak_days", "need": 2}, stage=stage),
    ]
    return Section("Achievements of many people", COLUMNS, rows)


def _preview(of: str, criterion: dict[str, object], *, stage: Stage) -> list[Row]:
    with _spent(stage) as spent:
        found = backfills.preview(criteria.parse(criterion), now=stage.now)
    kind = f"estimate from {found.looked_at:,}" if found.is_estimate else "count"
    return [(f"a preview of {of} among {found.people:,} people ({kind}), seconds", spent.text, "≤ 5")]


def _backfill(stage: Stage) -> list[Row]:
    """Batches of a back-fill of a streak, which reads each record; nothing is granted."""
    entry = achievements.EarnableAchievement(
        Achievement(pk="asked", points=0, criteria={}), criteria.parse({"kind": "streak_days", "need": 3000})
    )
    people = User.objects.filter(email_index__startswith="crowd badges ").order_by("pk")
    seen, before = 0, _memory_now()
    with _spent(stage) as spent:
        begun = time.perf_counter()
        while time.perf_counter() - begun < BACKFILL_SECONDS and (batch := list(people[seen : seen + backfills.BATCH])):
            list(backfills.who_earned(entry, batch, now=stage.now))
            seen += len(batch)
    gained = _memory("VmHWM") - before
    logs = HabitLog.objects.filter(user_habit__user__in=people[:seen]).count()
    cpu = spent.cpu.server + spent.cpu.postgres
    return [
        (
            f"a back-fill, check-ins read in a second, of {seen:,} of {people.count():,} people",
            number(logs / spent.clock, 0),
            "-",
        ),
        ("the same in a second of CPU", number(logs / cpu, 0), "-"),
        ("memory that it gained, MB", number(gained), "≤ 50"),
    ]


def _memory_now() -> float:
    """Megabytes that this process holds; the most that it holds (`VmHWM`) is counted from here on."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(which: str) -> float:
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(f"{which}:")) / 1024


def _ratios(stage: Stage) -> tuple[float, float]:
    """Of the CPU of both sides, and of the clock."""
    people = stage.people("invented", people=PEOPLE_WITH_YEARS, days=IMPORTED_DAYS)
    spent: dict[bool, list[Spent]] = {False: [], True: []}
    invented = [
        Achievement(
            id=f"invented_{n}", name=f"{n}", description="", icon="circle", criteria=_criterion(n), is_active=False
        )
        for n in range(INVENTED)
    ]
    Achievement.objects.bulk_create(invented)
    for turn in range(4 * stage.scale.rounds):
        # Every second pair the other way round: what a round leaves to the next one falls on both.
        with_them = bool((turn + turn // 2) % 2)
        Achievement.objects.filter(id__startswith="invented_").update(is_active=with_them)
        achievements.forget_catalogue()
        achievements.watch()
        people.forget_today()
        with _spent(stage) as one:
            _check_in_all(people, at=stage.now)
        spent[with_them].append(one)
    Achievement.objects.filter(id__startswith="invented_").delete()
    achievements.forget_catalogue()
    cpu = {one: statistics.median(each.cpu.server + each.cpu.postgres for each in spent[one]) for one in spent}
    clock = {one: statistics.median(each.clock for each in spent[one]) for one in spent}
    return cpu[True] / cpu[False], clock[True] / clock[False]


def _criterion(nth: int) -> dict[str, object]:
    """Criteria of many kinds that nobody reaches: each is looked at as often as it can be."""
    kinds: list[dict[str, object]] = [
        {"kind": "streak_days", "need": 3000 + nth},
        {"kind": "total", "need": 90_000 + nth},
        {"kind": "days", "need": 3300 + nth},
        {"kind": "weekdays", "days": [1, 2, 3, 4, 5, 6, 7], "need": 90_000 + nth},
        {"kind": "hours", "start": 0, "end": 24, "need": 90_000 + nth},
        {"kind": "category", "category": "health", "need": 90_000 + nth},
        {"kind": "lunar", "feast": "dano"},
    ]
    return kinds[nth % len(kinds)]


def _check_in_all(people: Group, *, at: dt.datetime) -> None:
    for habit in people.habits:
        checkins.check_in(habit.user, habit.pk, key=uuid7(), at=at, now=at)
