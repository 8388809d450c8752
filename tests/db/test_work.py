"""The work queue: claims, leases, retries and giving up, shown with exports."""

import datetime as dt

import pytest

from core.db.work import Superseded, WorkQueue
from tests.factories.accounts import UserFactory
from tests.factories.rest import DataExportFactory
from tests.statements import recorded
from wellness.privacy.models import DataExport

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
LEASE = dt.timedelta(minutes=3)


def queue(given_up: list) -> WorkQueue:
    return WorkQueue(
        "test",
        waiting=lambda: DataExport.objects.filter(state__in=DataExport.AT_WORK),
        lease=LEASE,
        give_up=lambda row, now: given_up.append(row.pk),
        max_attempts=2,
        on_claim={"state": "running"},
    )


@pytest.fixture
def row(person):
    return DataExportFactory(user=person, state="pending")


def test_a_claimed_row_is_free_again_when_its_lease_ends(row):
    jobs = queue([])

    claimed = jobs.claim(NOW)

    assert (claimed, claimed.state, claimed.attempts, claimed.lease_ends_at) == (row, "running", 1, NOW + LEASE)
    assert jobs.claim(NOW + LEASE / 2) is None
    assert jobs.claim(NOW + LEASE).attempts == 2


def test_an_older_attempt_is_superseded(row):
    jobs = queue([])
    first = jobs.claim(NOW)
    jobs.renew(first, now=NOW, done=1)
    second = jobs.claim(NOW + LEASE)

    with pytest.raises(Superseded):
        first.update_claimed(done=2)
    second.update_claimed(done=3)

    row.refresh_from_db()
    assert row.done == 3


def test_a_failed_job_waits_for_its_lease_and_the_last_failure_gives_it_up(row, caplog):
    given_up: list = []
    jobs = queue(given_up)

    def fail(_row: DataExport) -> bool:
        raise OSError

    first = jobs.run(lambda: NOW, fail)
    waiting = list(given_up)
    jobs.run(lambda: NOW + LEASE, fail)

    assert (first, waiting, given_up) == (0, [], [row.pk])
    assert "job failed" in caplog.text


def test_a_row_whose_workers_died_is_given_up(row):
    given_up: list = []
    jobs = queue(given_up)
    for attempt in range(2):
        assert jobs.claim(NOW + attempt * LEASE)

    assert jobs.claim(NOW + 2 * LEASE) is None
    assert given_up == [row.pk]


def test_the_next_row_is_claimed_at_once_where_the_oldest_is_given_up(row):
    given_up: list = []
    jobs = queue(given_up)
    row.attempts = 2
    row.save()
    younger = DataExportFactory(user=UserFactory(), state="pending")

    assert jobs.claim(NOW) == younger
    assert given_up == [row.pk]


def test_a_claim_reads_and_writes_once(row):
    """Looking through all waiting rows for those that failed too often made a long queue slow."""
    jobs = queue([])
    jobs.claim(NOW)

    with recorded() as statements:
        jobs.claim(NOW + LEASE)

    assert [statement.split()[0] for statement in statements] == ["SELECT", "UPDATE"]


def test_a_run_ends_at_its_time(row):
    assert queue([]).run(lambda: NOW, lambda _row: True, until=NOW) == 0
