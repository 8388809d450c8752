"""The work queue: claims, leases, retries and giving up, shown with exports."""

import datetime as dt
import functools
from collections import Counter

import pytest

from core.db.work import Superseded, WorkQueue
from tests.factories.accounts import UserFactory
from tests.factories.rest import DataExportFactory
from tests.statements import recorded
from wellness.privacy.models import DataExport

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
LEASE = dt.timedelta(minutes=3)
SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)


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


@pytest.fixture
def by_gateway(db):
    """A queue with two lanes; the five oldest rows are of the slow one, the forty others of the quick one."""
    from billing.models import GatewayEvent

    rows = [("slow", number) for number in range(5)] + [("quick", number) for number in range(5, 45)]
    GatewayEvent.objects.bulk_create(
        GatewayEvent(gateway=lane, event_id=str(number), event_type="any", created_at=NOW + number * SECOND)
        for lane, number in rows
    )
    return functools.partial(
        WorkQueue,
        "test",
        waiting=lambda: GatewayEvent.objects.filter(processed_at=None),
        lease=LEASE,
        give_up=lambda _row, _now: None,
        lease_column="due_at",
        lane="gateway",
    )


class Costly:
    """Jobs of the slow lane take 19 seconds, the others one."""

    def __init__(self):
        self.now, self.done = NOW + MINUTE, Counter()

    def __call__(self, row) -> bool:
        self.now += SECOND * (19 if row.gateway == "slow" else 1)
        self.done[row.gateway] += 1
        row.update_claimed(processed_at=self.now)
        return True


def test_a_slow_lane_takes_no_more_of_a_run_than_the_others(by_gateway):
    perform = Costly()
    by_gateway().run(lambda: perform.now, perform, until=perform.now + 38 * SECOND)

    assert perform.done == {"slow": 1, "quick": 19}


def test_with_time_enough_each_row_of_each_lane_is_performed(by_gateway):
    perform = Costly()

    assert by_gateway().run(lambda: perform.now, perform) == 45
    assert perform.done == {"slow": 5, "quick": 40}


def test_the_rows_of_a_closed_lane_wait_unclaimed(by_gateway):
    from billing.models import GatewayEvent

    perform = Costly()
    jobs = by_gateway(is_closed=lambda lane, now: lane == "slow" and perform.done["quick"] < 20)
    jobs.run(lambda: perform.now, perform, until=perform.now + 10 * SECOND)

    assert perform.done == {"quick": 10}
    assert set(GatewayEvent.objects.filter(gateway="slow").values_list("attempts", "due_at")) == {(0, None)}
    jobs.run(lambda: perform.now, perform, until=perform.now + 10 * SECOND)
    jobs.run(lambda: perform.now, perform)
    assert perform.done == {"slow": 5, "quick": 40}


def test_a_claim_in_a_lane_reads_and_writes_once(by_gateway):
    jobs = by_gateway()
    jobs.claim(NOW, lane="quick")

    with recorded() as statements:
        assert jobs.claim(NOW, lane="quick").gateway == "quick"

    assert [statement.split()[0] for statement in statements] == ["SELECT", "UPDATE"]
