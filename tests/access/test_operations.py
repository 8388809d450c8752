"""The page of operators: work with its owner, outbox, jobs, health, keys, switches."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.staff import work_claims
from core.staff.models import ScheduledRun
from notifications.models import NotificationDelivery
from tests.factories.accounts import StaffFactory
from tests.factories.rest import NotificationDeliveryFactory
from wellness import scheduled_runs
from wellness.celery import app
from wellness.pages import operations

pytestmark = pytest.mark.django_db

DEAD = "notifications.admin.dead_letters"


@pytest.fixture
def boss(client):
    colleague = StaffFactory()
    client.force_login(colleague)
    return colleague


def test_the_page_says_how_everything_is(client, boss):
    NotificationDeliveryFactory(state="dead")
    operations.count_keys(at=dt.datetime.now(dt.UTC))
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/admin/operations/")

    assert page.status_code == 200
    assert all(
        word in page.text
        for word in (
            "보내지 못하고",
            "wellness.retain",
            "PostgreSQL",
            "파티션",
            "복제본",
            "지금 잠그는 열쇠",
            "코치 메시지",
        )
    )
    assert [one.name for one in page.context["conditions"] if not one.is_good] == []
    assert sum(row["number"] for row in page.context["keys"]["rows"]) >= 1
    assert len(asked) <= 40


def test_what_was_given_up_is_sent_again_with_a_reason(client, boss):
    NotificationDeliveryFactory(state="dead")

    client.post("/admin/operations/resend/", {"why": "메일 서버가 돌아왔어요"})

    assert NotificationDelivery.objects.get().state == "pending"


def test_a_failing_part_is_said_and_the_page_still_opens(client, boss, monkeypatch):
    def broken() -> None:
        raise RuntimeError("gone")

    monkeypatch.setitem(operations.health.CHECKS, "redis", broken)

    assert "안 돼요" in client.get("/admin/operations/").text


def test_a_scheduled_job_writes_when_it_ran_and_how_long(client, boss):
    app.loader.import_default_modules()
    app.tasks["wellness.maintain_partitions"].apply()

    run = ScheduledRun.objects.get()
    assert (run.name, run.error) == ("wellness.maintain_partitions", "")
    assert run.took >= 0
    [job] = [job for job in scheduled_runs.jobs(app, now=dt.datetime.now(dt.UTC)) if job.task == run.name]
    assert job.is_good
    assert job.next_at > run.began_at


def test_a_job_that_failed_or_did_not_run_again_is_not_good():
    now = dt.datetime.now(dt.UTC)
    ScheduledRun.objects.create(name="wellness.retain", began_at=now, took=1, error="DataError")
    ScheduledRun.objects.create(name="notifications.deliver", began_at=now - dt.timedelta(minutes=12), took=1)
    ScheduledRun.objects.create(name="billing.charge", began_at=now - dt.timedelta(seconds=30), took=1)
    found = {job.task: job for job in scheduled_runs.jobs(app, now=now)}

    assert (found["wellness.retain"].is_late, found["wellness.retain"].is_good) == (False, False)
    assert found["notifications.deliver"].is_late
    assert found["billing.charge"].is_good


def test_work_is_taken_by_one_colleague_and_put_down_by_them(client, boss):
    NotificationDeliveryFactory(state="dead")
    client.post("/admin/claim/", {"name": DEAD})
    assert "맡은 사람 나" in client.get("/admin/").text
    other = StaffFactory()
    client.force_login(other)

    page = client.get("/admin/").text
    assert f"맡은 사람 {boss.masked_email}" in page
    client.post("/admin/claim/", {"name": DEAD})
    now = dt.datetime.now(dt.UTC)
    assert work_claims.owners([DEAD], now=now) == {DEAD: boss.pk}
    assert work_claims.owners([DEAD], now=now + dt.timedelta(hours=25)) == {}
    work_claims.toggle(DEAD, by=boss.pk, at=now)
    assert work_claims.owners([DEAD], now=now) == {}
