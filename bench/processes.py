"""CPU and memory of running processes, from /proc."""

import dataclasses
import os
from pathlib import Path
from typing import Self

from django.db import connection

_TICK = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += tree(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """Of a process, its living descendants and those that it has waited for."""
    own = _stat(pid)
    return (sum(own[11:15]) + sum(sum(_stat(child)[11:13]) for child in tree(pid)[1:])) / _TICK


def memory(pid: int) -> dict[int, float]:
    """Megabytes of a process and each descendant, with shared pages divided among those that share them (PSS)."""
    return {one: _pss(one) / 1024 for one in tree(pid)}


def postmaster() -> int:
    """The process of the database server that Django is connected to, which is on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return _stat(cursor.fetchone()[0])[1]


@dataclasses.dataclass(frozen=True)
class Cpu:
    """Seconds of CPU by side."""

    server: float
    postgres: float

    @classmethod
    def read(cls, server: int, database: int) -> Self:
        return cls(cpu_seconds(server), cpu_seconds(database))

    def since(self, before: Self) -> Self:
        return dataclasses.replace(self, server=self.server - before.server, postgres=self.postgres - before.postgres)

    def milliseconds_each(self, times: int) -> Self:
        return dataclasses.replace(self, server=self.server * 1000 / times, postgres=self.postgres * 1000 / times)


def _stat(pid: int) -> list[int]:
    """The numbers of /proc/…/stat; the first is the state, which is a letter and read as 0."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return [0] * 50
    return [int(part) if part.lstrip("-").isdigit() else 0 for part in text.rpartition(")")[2].split()]


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
