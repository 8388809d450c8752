"""The coach's morning: choosing whose time has come, and writing ten thousand messages with a local model server."""

import datetime as dt
import resource
import statistics
import time

from django.conf import settings
from django.db import connection

from accounts.models import UserConsent
from bench import crowd
from bench.report import Section, number
from bench.stage import Stage
from bench.temporary_tables import large_temporary_tables
from coaching import jobs
from coaching.models import CoachingMessage
from tests.fakes.model_server import ModelServer

PEOPLE, DAYS, HABITS = 10_000, 30, 2
# How long the waiting messages are written: their rate is known by then.
SPELL = dt.timedelta(seconds=45)
FEW, MANY, DUE = 100_000, 1_000_000, 500
ROUNDS = 5

_COPY = "CREATE TEMPORARY TABLE users (LIKE public.users INCLUDING DEFAULTS INCLUDING INDEXES) ON COMMIT DROP"
# The coach writes to all of them within the next day.
_FILL = """
    INSERT INTO users (email, email_index, name, next_coaching_at)
    SELECT '', 'due ' || n, '', %(now)s + n * interval '86 milliseconds' FROM generate_series(1, %(rows)s) AS n
"""
_DUE = "UPDATE users SET next_coaching_at = %(now)s - interval '1 minute' WHERE email_index IN (SELECT 'due ' || n FROM generate_series(1, %(due)s) AS n)"
_SETTINGS = """
    INSERT INTO coaching_settings (user_id, is_on) SELECT id, true FROM users WHERE email_index LIKE 'crowd coach %%'
"""
_CONSENTS = """
    INSERT INTO user_consents (user_id, item, version, channel, granted)
    SELECT id, %(item)s, 'bench', 'bench', true FROM users WHERE email_index LIKE 'crowd coach %%'
"""
# 08:00 where each of them is, today: within the hours in which a message is not too late.
_PLAN = "UPDATE users SET next_coaching_at = %(at)s WHERE email_index LIKE 'crowd coach %%'"
_CLOCK = "UPDATE coaching_settings SET clock = (%(at)s AT TIME ZONE 'Asia/Seoul')::time"


def section(stage: Stage) -> Section:
    few, many = (_milliseconds(stage.scale.of(rows)) for rows in (FEW, MANY))
    planned, took, written, calls, memory = _fan_out(stage)
    rows = [
        (f"choosing {DUE} due of {FEW:,} people, ms", f"{few:.1f}", "-"),
        (f"choosing {DUE} due of {MANY:,} people, ms", f"{many:.1f}", "-"),
        ("ratio", f"{many / few:.2f}", "≤ 1.5"),
        (f"planning the messages of {stage.scale.of(PEOPLE):,} people, seconds", number(planned), "-"),
        ("messages that one worker writes of them, a second", number(written / took), "-"),
        ("calls of the model ÷ messages", f"{calls / written:.2f}", "≤ 1.1"),
        ("memory that the worker gained, MB", number(memory), "≤ 50"),
    ]
    return Section("The coach's messages", ("what", "value", "aim"), rows)


def _milliseconds(rows: int) -> float:
    now = dt.datetime.now(dt.UTC)
    with large_temporary_tables() as cursor:
        cursor.execute(_COPY)
        cursor.execute(_FILL, {"rows": rows, "now": now})
        cursor.execute("ANALYZE users")
        return statistics.median(_once(now) for _round in range(ROUNDS))


def _once(now: dt.datetime) -> float:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "due": DUE})
    began = time.perf_counter()
    jobs.plan_due(now=now)
    return (time.perf_counter() - began) * 1000


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _fan_out(stage: Stage) -> tuple[float, float, int, int, float]:
    """Seconds of planning and of writing, messages, calls of the model, megabytes that the process gained."""
    people, now = stage.scale.of(PEOPLE), dt.datetime.now(dt.UTC)
    there = CoachingMessage.objects.count()
    through = stage.now.date() - dt.timedelta(days=1)
    crowd.add_people("coach", people=people, habits=HABITS, through=through, days=DAYS, zones=["Asia/Seoul"])
    crowd.seal_addresses()
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS)
        cursor.execute(_CONSENTS, {"item": UserConsent.Item.AI_ABROAD})
        cursor.execute(_CLOCK, {"at": now})
        cursor.execute(_PLAN, {"at": now})
    settings.OPENAI_CALLS_A_MINUTE, settings.OPENAI_PRICE_IN, settings.OPENAI_PRICE_OUT = 10**9, 0, 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ModelServer() as model:
        settings.OPENAI_BASE_URL = model.url
        began = time.perf_counter()
        jobs.plan_due(now=now)
        planned = time.perf_counter() - began
        jobs.run_waiting(_now, until=_now() + SPELL)
        took = time.perf_counter() - began - planned
        calls = len(model.requests)
    settings.OPENAI_BASE_URL = ""
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    written = CoachingMessage.objects.count() - there
    crowd.remove_people("coach")
    if not written:
        raise RuntimeError("no message was written")
    return planned, took, written, calls, memory
