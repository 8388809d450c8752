"""A key of the ring is purged by two operators, only when nothing uses it, and no process uses it afterwards."""

import datetime as dt
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core.crypto import keyring, purged_keys, rotation, sealing
from core.staff.models import ChangeRequest, PurgedKey
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.rest import ChangeRequestFactory, PurgedKeyFactory
from tests.privacy.sealed_people import NEW, OLD, environment, use_keys
from wellness.pages import operations

PLACE = "users|name|1"
PURGE = "/admin/operations/keys/k1/purge/"
OPERATIONS = "/admin/operations/"


@pytest.fixture
def ring(settings):
    """Both keys: `k2` seals, `k1` opens what it has sealed."""
    use_keys(settings, NEW, OLD)
    yield lambda *keys: use_keys(settings, *keys)
    keyring.leave_out(())
    keyring.current.cache_clear()


@pytest.fixture
def sealed(ring):
    """A value under the old key that is in no table, such as one in Redis."""
    ring(OLD)
    token = sealing.seal("지우", bound_to=PLACE)
    ring(NEW, OLD)
    return token


def sealed_with_the_old_key(ring) -> User:
    ring(OLD)
    person = UserFactory()
    ring(NEW, OLD)
    return person


def ask(client) -> ChangeRequest:
    """One operator asks to purge `k1`."""
    author = StaffFactory()
    client.force_login(author)
    seen = client.get(PURGE).context["found"].digest
    client.post(PURGE, {"seen": seen, "why": "해마다 바꿔요"})
    return ChangeRequest.objects.get(author_id=author.pk)


def approve(client, change: ChangeRequest) -> ChangeRequest:
    client.post(reverse("admin:staff_changerequest_approve", args=[change.pk]), {"why": "살펴봤어요"})
    change.refresh_from_db()
    return change


@pytest.mark.django_db
def test_the_dry_run_counts_what_the_key_holds_and_refuses(client, ring):
    sealed_with_the_old_key(ring)
    client.force_login(StaffFactory())

    page = client.get(PURGE)
    answer = client.post(PURGE, {"seen": page.context["found"].digest, "why": "시험"}, follow=True)

    assert page.context["found"].uses == rotation.uses_of("k1")
    assert page.context["found"].uses["users.email"] == 1
    assert "users.email" in page.text
    assert 'name="seen"' not in page.text
    assert "파기할 수 없어요" in answer.text
    assert not ChangeRequest.objects.exists()


@pytest.mark.django_db
def test_the_key_that_seals_is_not_purged(client, ring):
    client.force_login(StaffFactory())
    url = reverse("admin:operations_purge", args=["k2"])

    page = client.get(url)
    client.post(url, {"seen": page.context["found"].digest, "why": "시험"})

    assert "지금 잠그는 열쇠" in page.text
    assert not ChangeRequest.objects.exists()
    assert client.get(reverse("admin:operations_purge", args=["k9"])).status_code == 404


@pytest.mark.django_db
def test_one_operator_asks_and_another_approves(client, ring, sealed):
    change = ask(client)

    approve(client, change)
    purged_keys.read()
    assert (change.state, sealing.unseal(sealed, bound_to=PLACE)) == ("waiting", "지우")
    client.force_login(StaffFactory())
    shown = client.get(reverse("admin:staff_changerequest_change", args=[change.pk])).text
    assert "아무것도 열지 못해요" in shown
    assert approve(client, change).state == "done"
    purged_keys.read()
    with pytest.raises(sealing.Unreadable, match="k1, which is not on the key ring"):
        sealing.unseal(sealed, bound_to=PLACE)
    assert [token.partition(":")[0] for token in sealing.findable_values("지우", bound_to=PLACE)] == ["k2"]
    assert client.get(PURGE).status_code == 404


@pytest.mark.django_db
def test_a_value_that_is_sealed_meanwhile_asks_again(client, ring):
    change = ask(client)
    sealed_with_the_old_key(ring)
    client.force_login(StaffFactory())

    assert "승인할 수 없어요" in client.get(reverse("admin:staff_changerequest_change", args=[change.pk])).text
    assert approve(client, change).state == "outdated"
    assert not PurgedKey.objects.exists()


@pytest.mark.django_db
def test_another_newest_key_than_was_seen_shows_the_dry_run_again(client, ring):
    client.force_login(StaffFactory())

    answer = client.post(PURGE, {"seen": "another", "why": "시험"})

    assert "그사이 바뀌었어요" in answer.text
    assert not ChangeRequest.objects.exists()


@transaction.atomic
def purge_alone(request_id) -> None:
    """As the end of a transaction would have it."""
    PurgedKey.objects.create(key_id="k1", request_id=request_id, purged_at=timezone.now())
    connection.check_constraints()


@pytest.mark.django_db
def test_the_database_holds_that_two_people_decided(ring):
    other = PurgedKeyFactory(key_id="k7")
    waiting = ChangeRequestFactory(kind="key", target="k1")

    for request_id in (other.request_id, waiting.pk):
        with pytest.raises(IntegrityError, match="two people"):
            purge_alone(request_id)
    with pytest.raises(DatabaseError), transaction.atomic():
        other.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        PurgedKey.objects.update(key_id="k1")


@pytest.mark.django_db
def test_a_ring_of_purged_keys_only_seals_nothing(ring):
    ring(OLD)

    keyring.leave_out(["k1"])

    with pytest.raises(ImproperlyConfigured, match="purged keys only"):
        sealing.seal("지우", bound_to=PLACE)


@pytest.mark.django_db
def test_opening_a_value_asks_the_database_nothing(ring, django_assert_num_queries):
    token = sealing.seal("지우", bound_to=PLACE)

    with django_assert_num_queries(0):
        assert {sealing.unseal(token, bound_to=PLACE) for _time in range(100)} == {"지우"}


def test_a_process_reads_the_purged_keys_when_it_connects(ring, content):
    """Its environment holds the key still."""
    PurgedKeyFactory(key_id="k1")
    watch = purged_keys._Watch()
    connection.ensure_connection()

    watch.look(connection.connection)
    assert [*keyring.current().masters] == ["k2"]
    keyring.leave_out(())
    watch.look(connection.connection)
    assert [*keyring.current().masters] == ["k2", "k1"], "it looks again after some seconds only"


def test_another_process_leaves_the_key_out_while_its_environment_holds_it(ring, settings, content):
    PurgedKeyFactory(key_id="k1")
    command = [sys.executable, "manage.py", "rotate_pii_keys", "--dry-run"]

    done = subprocess.run(
        command, cwd=django_settings.BASE_DIR, env=environment(settings), capture_output=True, text=True, check=True
    )

    assert "key k1: carried by 0 values, purged" in done.stdout
    assert "key k2: carried by 0 values, seals" in done.stdout


@pytest.mark.django_db
def test_the_page_of_operators_says_when_the_key_can_leave_the_environment(client, ring):
    client.force_login(StaffFactory())
    purged_at = timezone.now()
    assert "파기 살펴보기" in client.get(OPERATIONS).text
    PurgedKeyFactory(key_id="k1", purged_at=purged_at)
    purged_keys.read()

    assert "밤에 다시 센 뒤" in client.get(OPERATIONS).text
    operations.count_keys(at=purged_at + dt.timedelta(minutes=4))
    assert "밤에 다시 센 뒤" in client.get(OPERATIONS).text
    operations.count_keys(at=purged_at + operations.NOTICED_AFTER)
    assert "이제 환경에서 빼도 돼요" in client.get(OPERATIONS).text
    ring(OLD)
    keyring.leave_out(())
    UserFactory()
    ring(NEW, OLD)
    purged_keys.read()
    operations.count_keys(at=purged_at + operations.NOTICED_AFTER)
    assert "환경에서 빼지 마세요" in client.get(OPERATIONS).text
