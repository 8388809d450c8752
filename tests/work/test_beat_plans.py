"""Every job of beat's schedule finds its work by an index, in tables that grow with people."""

import pytest
from django.db import connection

from core.db import partitions
from tests.statements import nodes, plan_of, recorded
from wellness.celery import app

pytestmark = pytest.mark.django_db

GROWS = {"users", "user_habits", "notifications", "notification_deliveries", "user_sessions", "check_in_keys"}
GROWS |= {"uploaded_files", "user_consents", "user_social_accounts", "data_exports", "habit_imports", "habit_rests"}
# These read everything, once a day at most: a view over all people; each rule of retention counts what it would delete,
# so that it can refuse.
READ_EVERYTHING = {"habits.refresh_stats", "habits.count_template_people", "wellness.retain", "wellness.count_keys"}


@pytest.mark.parametrize("task", sorted({entry["task"] for entry in app.conf.beat_schedule.values()} - READ_EVERYTHING))
def test_a_job_finds_what_is_due_by_an_index(task):
    app.loader.import_default_modules()
    with connection.cursor() as cursor:
        # Then a table is scanned only where no index serves.
        cursor.execute("SET LOCAL enable_seqscan = off")

    with recorded() as statements:
        app.tasks[task]()

    scanned = {
        node["Relation Name"]: statement[:300]
        for statement in statements
        for node in nodes(plan_of(statement))
        if node["Node Type"] == "Seq Scan" and _grows(node["Relation Name"])
    }
    assert scanned == {}


def _grows(table: str) -> bool:
    return table in GROWS or any(table.startswith(f"{parent}_y") for parent, _column in partitions.partitioned())


def test_a_scan_is_noticed():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    [node, *_more] = nodes(plan_of("SELECT * FROM users WHERE updated_at < now()"))

    assert (node["Node Type"], _grows(node["Relation Name"])) == ("Seq Scan", True)
