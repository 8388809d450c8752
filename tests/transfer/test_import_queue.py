"""The queue of imports: a person has one place and one worker, however many files they send."""

import datetime as dt
import io

import pytest

from habits.models import HabitImport
from habits.transfer import import_jobs
from tests.factories.accounts import UserFactory
from tests.transfer import files
from tests.transfer.conftest import NOW

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)
DATA = files.beaver({"id": "a", "name": "A", "records": [{"day": files.ago(1), "done": True}]})


def send(person, *, at: dt.datetime = NOW) -> HabitImport:
    return import_jobs.start(person, io.BytesIO(DATA), size=len(DATA), now=at)


def claim(at: dt.datetime) -> HabitImport | None:
    return import_jobs.QUEUE.claim(at)


def attempt(row: HabitImport, at: dt.datetime) -> bool:
    return import_jobs.QUEUE.attempt(row, lambda row: import_jobs.perform(row, lambda: at), lambda: at)


def test_each_file_of_a_person_is_behind_those_of_everybody_who_waits(person):
    others = [UserFactory(), UserFactory()]
    send(person)
    for number, other in enumerate(others, start=1):
        send(other, at=NOW + number * SECOND)
    for number in range(3, 20):
        send(person, at=NOW + number * SECOND)

    assert [claim(NOW + 20 * SECOND).user for _turn in range(3)] == [*others, person]
    assert claim(NOW + 20 * SECOND) is None


def test_one_person_never_has_two_workers(person, stranger):
    send(person)
    held = claim(NOW)
    send(person, at=NOW + SECOND)
    send(stranger, at=NOW + 2 * SECOND)

    assert claim(NOW + 3 * SECOND).user == stranger
    assert claim(NOW + 3 * SECOND) is None
    # The worker notices that its file is gone, and gives back what it held.
    assert attempt(held, NOW + 4 * SECOND) is False
    again = claim(NOW + 5 * SECOND)
    assert (again.user, attempt(again, NOW + 5 * SECOND)) == (person, True)
    again.refresh_from_db()
    assert (again.state, again.lease_ends_at, len(again.preview)) == ("ready", None, 1)


def test_a_worker_that_read_the_last_file_writes_nothing_of_it(person, settings):
    send(person)
    held = claim(NOW)
    parsed = import_jobs._parse(held, now=NOW)
    second = send(person, at=NOW + SECOND)

    with pytest.raises(import_jobs.Superseded):
        import_jobs._store_preview(held, parsed, now=NOW)

    second.refresh_from_db()
    assert (second.state, second.preview) == ("reading", [])
    assert [path.name for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == [
        second.storage_path.rpartition("/")[2]
    ]


def test_discarding_a_file_that_is_read_frees_no_second_worker(person, settings):
    send(person)
    held = claim(NOW)

    import_jobs.discard(person, now=NOW + SECOND)

    assert import_jobs.latest(person, now=NOW + SECOND) is None
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []
    send(person, at=NOW + 2 * SECOND)
    assert claim(NOW + 3 * SECOND) is None
    assert attempt(held, NOW + 4 * SECOND) is False
    assert claim(NOW + 5 * SECOND).user == person


def test_a_worker_that_died_holds_a_new_file_no_longer_than_its_lease(person):
    send(person)
    claim(NOW)
    send(person, at=NOW + SECOND)

    assert claim(NOW + import_jobs.LEASE + SECOND).attempts == 1


def test_a_worker_takes_other_work_after_a_while(person, stranger):
    send(person)
    send(stranger, at=NOW + SECOND)
    clock = iter(NOW + number * import_jobs.TURN / 4 for number in range(100))

    assert import_jobs.run_waiting(lambda: next(clock)) == 1
    assert import_jobs.run_waiting(lambda: next(clock)) == 1
    assert set(HabitImport.objects.values_list("state", flat=True)) == {"ready"}
