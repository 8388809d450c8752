"""The health probes `/healthz` and `/readyz`.

`/healthz` says that the process responds, `/readyz` that it can serve: database, Redis, migrations, partitions ahead.
The nightly numbers and the replica do not stop the service when they are late: `/readyz` stays "ok" and names them in a
line of their own.
Both are answered for any host name and without HTTPS, since a load balancer asks an address, and carry the security
headers. The response is only "ok" or "not ready"; the failing part is logged. Everybody may ask, so the answer of
`/readyz` is kept for a second.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable

import structlog
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from analytics import fill_ledger
from core import redis
from core.db import partitions, replica
from habits import user_stats

log = structlog.get_logger(__name__)

# With fewer months ahead the partition job has not run, and an operator must find out why.
MONTHS_NEEDED = 1
# Seconds for which a process repeats its answer instead of checking again, which costs up to 80 ms.
FRESH = 1.0
# A replica that is behind by more is late.
REPLICA_LATE = dt.timedelta(seconds=30)


def _database() -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _redis() -> None:
    redis.client().ping()


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise RuntimeError("migrations are waiting")


def _partitions() -> None:
    short = {
        table: ahead for table, ahead in partitions.months_ahead(timezone.now().date()).items() if ahead < MONTHS_NEEDED
    }
    if short:
        raise RuntimeError(f"partitions end too soon: {short}")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "redis": _redis,
    "migrations": _migrations,
    "partitions": _partitions,
}
NEED_DATABASE = {"migrations", "partitions"}


def failing() -> list[str]:
    """Returns the names of the failing parts and logs the reason of each."""
    names: list[str] = []
    for name, check in CHECKS.items():
        if name in NEED_DATABASE and "database" in names:
            # They need the database and would only wait for another timeout.
            continue
        try:
            check()
        except Exception as error:
            log.warning("not ready", part=name, reason=f"{type(error).__name__}: {error}")
            names.append(name)
    return names


def late() -> list[str]:
    """Returns the names of what is late without stopping requests, and logs since when."""
    now = timezone.now()
    behind = fill_ledger.behind(now)
    if behind:
        log.warning("days are not filled", zones=behind)
    found = {
        "daily numbers": bool(behind),
        "statistics": user_stats.is_too_old(now),
        "replica": replica.is_set() and is_replica_late(replica.state(), now),
    }
    return [name for name, is_late in found.items() if is_late]


def is_replica_late(state: replica.ReplicaState | None, now: dt.datetime) -> bool:
    """Whether it fails, or lacks what is older than REPLICA_LATE."""
    if state is None:
        return True
    if state.has_all:
        return False
    if late := state.as_of is None or now - state.as_of > REPLICA_LATE:
        log.warning("the replica is late", as_of=str(state.as_of))
    return late


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self._checking = threading.Lock()
        self._missing: list[str] = []
        self._late: list[str] = []
        self._fresh_until = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz":
            missing = self._failing()
            text = "not ready\n" if missing else "".join(["ok\n", *(f"late: {name}\n" for name in self._late)])
            return HttpResponse(text, status=503 if missing else 200, content_type="text/plain")
        return self.get_response(request)

    def _failing(self) -> list[str]:
        """The answer of at most a second ago; one thread checks while the others wait for it."""
        with self._checking:
            if time.monotonic() >= self._fresh_until:
                self._missing = failing()
                self._late = [] if self._missing else late()
                self._fresh_until = time.monotonic() + FRESH
            return self._missing
