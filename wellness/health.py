"""`/healthz`: the process answers. `/readyz`: it can serve (database, Redis, migrations, partitions ahead).

Answered before any other middleware, so that a probe costs nothing and needs no host name. Strangers learn only
"ok" or "not ready"; which part is missing goes to the log.
"""

import datetime as dt
from collections.abc import Callable

import structlog
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from core import redis
from core.db import partitions

log = structlog.get_logger(__name__)

# Below this many months ahead somebody has to look why the job did not run.
MONTHS_NEEDED = 1


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
        table: ahead
        for table, ahead in partitions.months_ahead(dt.datetime.now(dt.UTC).date()).items()
        if ahead < MONTHS_NEEDED
    }
    if short:
        raise RuntimeError(f"partitions end too soon: {short}")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "redis": _redis,
    "migrations": _migrations,
    "partitions": _partitions,
}
ASK_THE_DATABASE = {"migrations", "partitions"}


def failing() -> list[str]:
    """The names of the parts that do not work right now; each failure is logged with its reason."""
    names: list[str] = []
    for name, check in CHECKS.items():
        if name in ASK_THE_DATABASE and "database" in names:
            # They would wait for it as long again, to say the same.
            continue
        try:
            check()
        except Exception as error:
            log.warning("not ready", part=name, reason=f"{type(error).__name__}: {error}")
            names.append(name)
    return names


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz":
            missing = failing()
            return HttpResponse(
                "not ready\n" if missing else "ok\n", status=503 if missing else 200, content_type="text/plain"
            )
        return self.get_response(request)
