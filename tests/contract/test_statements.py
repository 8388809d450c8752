"""The document's own SQL runs unchanged on the migrated database."""

import datetime as dt

import pytest
from django.db import connection

from analytics.models import AppEvent
from billing.models import SubscriptionPlan
from habits import user_stats
from habits.models import HabitCategory
from tests.contract import document
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import AppEventFactory

pytestmark = pytest.mark.django_db


def run(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_its_categories_and_plans_can_be_inserted():
    run("TRUNCATE habit_categories, subscription_plans CASCADE")

    for insert in document.INSERTS:
        run(insert)

    assert HabitCategory.objects.filter(is_active=True).count() == 7
    assert list(SubscriptionPlan.objects.order_by("price").values_list("id", "price", "billing_cycle", "limits")) == [
        ("basic", 0, "monthly", {"max_habits": 3, "ai_messages_per_day": 5}),
        ("premium", 990000, "monthly", {"max_habits": -1, "ai_messages_per_day": -1}),
    ]


def test_its_partitions_can_be_made_and_hold_their_month():
    for partition in document.PARTITIONS:
        run(partition)

    AppEventFactory(occurred_at=dt.datetime(2025, 6, 30, 23, 59, tzinfo=dt.UTC))

    assert len(document.PARTITIONS) == 2
    assert run("SELECT count(*) FROM app_events_y2025m06") == [(1,)]


def test_its_view_is_ours():
    UserHabitFactory(current_streak=3, total_completions=9)
    UserHabitFactory(user__is_active=False)

    user_stats.refresh()

    rows = run("SELECT * FROM user_stats_summary")
    assert [row[2:] for row in rows] == [(1, 3, 9)]
    assert rows == run(document.VIEW_QUERY)


def test_its_retention_deletes_events_older_than_a_year():
    now = dt.datetime.now(dt.UTC)
    AppEventFactory(occurred_at=now - dt.timedelta(days=367))
    kept = AppEventFactory(occurred_at=now - dt.timedelta(days=364))

    run(document.RETENTION)

    assert list(AppEvent.objects.all()) == [kept]
