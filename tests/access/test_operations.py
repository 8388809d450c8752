"""The page of operators: work with its owner, outbox, jobs, health, keys, switches."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts import roles
from coaching.crisis import help_lines
from core.staff import permissions, work_claims
from core.staff.models import ScheduledRun
from notifications.models import NotificationDelivery
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.habits import HabitImportFactory
from tests.factories.rest import BillingAlertFactory, NotificationDeliveryFactory, PaymentTransactionFactory
from wellness import scheduled_runs
from wellness.celery import app
from wellness.pages import job_names, operations, staff_home

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
            "보관 기간이 지난 것 지우기",
            "wellness.retain",
            "PostgreSQL",
            "파티션",
            "복제본",
            "사람별 통계",
            "캐시",
            "웹 푸시",
            "새 값을 잠그고",
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


def test_every_scheduled_job_has_a_name_in_both_languages():
    tasks = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert job_names.NAMES.keys() == tasks
    named = {language: _names_of(tasks, language) for language in ("ko", "en")}
    assert len(named["ko"]) == len(named["en"]) == len(tasks)
    assert not named["ko"] & (named["en"] | tasks)
    assert job_names.name("gone.task") == "gone.task"


def _names_of(tasks: set[str], language: str) -> set[str]:
    with translation.override(language):
        return {job_names.name(task) for task in tasks}


def test_jobs_that_need_a_look_stand_first(boss):
    now = dt.datetime.now(dt.UTC)
    ScheduledRun.objects.create(name="wellness.retain", began_at=now, took=1, error="DataError")

    found = operations.jobs(now)

    assert found[0].title == "보관 기간이 지난 것 지우기"
    assert [one.job.is_good for one in found] == [False] + [True] * (len(found) - 1)


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
    assert f"맡은 사람 {boss.name}" in page
    client.post("/admin/claim/", {"name": DEAD})
    now = dt.datetime.now(dt.UTC)
    assert work_claims.owners([DEAD], now=now) == {DEAD: boss.pk}
    assert work_claims.owners([DEAD], now=now + dt.timedelta(hours=25)) == {}
    work_claims.toggle(DEAD, by=boss.pk, at=now)
    assert work_claims.owners([DEAD], now=now) == {}


# ── The queue ───────────────────────────────────────────────────────────────

NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)


def queue_of(colleague, now: dt.datetime = NOW) -> dict[str, dict]:
    return {one["name"].rpartition(".")[2]: one for one in staff_home.waiting(colleague, now=now)}


def test_payments_without_an_answer_wait_after_an_hour(boss):
    long_ago, lately = NOW - dt.timedelta(hours=3), NOW - dt.timedelta(minutes=59)
    PaymentTransactionFactory(status="pending", attempts=2, created_at=long_ago)
    PaymentTransactionFactory(status="pending", attempts=1, created_at=lately)
    PaymentTransactionFactory(status="pending", attempts=0, created_at=long_ago)
    PaymentTransactionFactory(status="completed", attempts=1, created_at=long_ago)

    one = queue_of(boss)["unknown_payments"]

    assert (one["title"], one["age"]) == ("결과를 모르는 결제 1건", "3시간째")


def test_open_alerts_wait_with_their_age_and_their_owner(client, boss):
    BillingAlertFactory(created_at=NOW - dt.timedelta(days=3))
    BillingAlertFactory(created_at=NOW, resolved_at=NOW)
    work_claims.toggle("billing.admin.open_alerts", by=boss.pk, at=NOW)

    one = queue_of(boss)["open_alerts"]

    assert (one["title"], one["age"], one["is_mine"]) == ("살펴볼 결제 일 1건", "3일째", True)
    assert client.get(one["url"]).context["cl"].result_count == 1


def test_the_numbers_of_help_wait_to_be_checked(boss):
    fresh = dt.datetime.combine(help_lines.VERIFIED + help_lines.VERIFIED_FOR, dt.time(), dt.UTC)

    assert "crisis_list_check" not in queue_of(boss, fresh)
    late = queue_of(boss, fresh + dt.timedelta(days=4))["crisis_list_check"]
    assert (late["age"], late["url"]) == ("4일째", reverse("coaching:help"))


def test_failed_imports_wait_with_a_link_to_them(client, boss):
    failed = HabitImportFactory(state="failed", expires_at=NOW + dt.timedelta(days=1))
    HabitImportFactory(state="done", expires_at=NOW + dt.timedelta(days=1))

    page = client.get(queue_of(boss)["failed_imports"]["url"])

    assert [row.pk for row in page.context["cl"].result_list] == [failed.pk]


def test_each_role_sees_what_it_may_act_on(db):
    PaymentTransactionFactory(status="pending", attempts=2, created_at=NOW - dt.timedelta(hours=3))
    BillingAlertFactory(created_at=NOW)
    HabitImportFactory(state="failed", expires_at=NOW + dt.timedelta(days=1))
    roles.install()
    seen = {}
    for role in permissions.ROLES:
        colleague = UserFactory(is_staff=True)
        colleague.groups.add(Group.objects.get(name=role))
        seen[role] = {*queue_of(colleague)}

    assert {role for role, names in seen.items() if "unknown_payments" in names} == {"support", "finance"}
    assert {role for role, names in seen.items() if "open_alerts" in names} == {"finance", "operator"}
    assert {role for role, names in seen.items() if "failed_imports" in names} == {"support", "operator"}
