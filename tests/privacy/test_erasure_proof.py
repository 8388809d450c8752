"""The proof of an erasure looks into every column that can hold an id or an address: each is planted and must be found."""

from contextlib import ExitStack

import pytest
from django.db import connection

from accounts.models import User
from core.audit.models import AuditLog
from core.db import audit_context
from tests.factories.rest import AnnouncementFactory, EmailAddressFactory
from tests.privacy import planting
from tests.privacy.conftest import NOW
from wellness.privacy import erasure, erasure_proof
from wellness.privacy.classification import TABLES, OnErasure

pytestmark = pytest.mark.django_db

ID_LENGTH = 32
ADDRESS = "gone@example.com"


@pytest.fixture
def erased(full_life):
    erasure.erase(full_life.pk, at=NOW)
    assert erasure.remains(full_life.pk) == {}
    return full_life


def may_name(table: str, column: str) -> bool:
    return table in TABLES and column in TABLES[table].named.split()


def missed(plants: dict[str, dict[str, str]], erased: User, addresses: frozenset[str] = frozenset()) -> set[str]:
    """The columns whose planted value is not found; `plants` maps each table to its columns and their values."""
    with ExitStack() as planted:
        for table, values in plants.items():
            planted.enter_context(planting.planted(table, values))
        found = erasure_proof.find([erased.pk], addresses)
    return {f"{table}.{name}" for table, values in plants.items() for name in values} - found.keys()


@pytest.mark.parametrize("number", [0, 1])
def test_an_id_is_found_in_every_column_that_can_hold_it(erased, number):
    """In tables without a model and columns without a foreign key too. A new column is planted by itself."""
    spelling = (str(erased.pk), erased.pk.hex)[number]
    plants = {}
    for table, kinds in planting.columns(ID_LENGTH).items():
        expected = {name: kind for name, kind in kinds.items() if not may_name(table, name)}
        values = {name: planting.spelled(spelling, kind) for name, kind in expected.items() if _fits(kind, number)}
        if values:
            plants[table] = values

    assert len(plants) > 50
    assert missed(plants, erased) == set()


def _fits(kind: str, number: int) -> bool:
    """A short column holds the id without its hyphens only."""
    return not kind.startswith("character varying(") or number == 1 or int(kind[18:-1]) >= ID_LENGTH + 4


def test_an_address_is_found_in_every_column_that_can_hold_it(erased):
    plants = {}
    for table, kinds in planting.columns(len(ADDRESS)).items():
        values = {name: planting.spelled(ADDRESS.upper(), kind) for name, kind in kinds.items() if kind != "uuid"}
        if values:
            plants[table] = values

    assert missed(plants, erased, frozenset({ADDRESS})) == set()


def test_columns_that_may_name_the_erased_exist_and_say_why():
    for table, entry in TABLES.items():
        assert set(entry.named.split()) <= set(entry.columns), table
        assert bool(entry.named) == bool(entry.named_because or (entry.on_erasure == OnErasure.KEPT)), table


def test_an_id_may_stay_where_the_law_keeps_it(erased):
    AnnouncementFactory(last_user=erased.pk)

    assert erasure.remains(erased.pk) == {}


def test_addresses_of_anonymous_requests_are_forgotten(full_life):
    """Sign-up, confirmation and reset change a person before anybody is signed in."""
    with audit_context.acting(None, address="203.0.113.77"):
        User.objects.filter(pk=full_life.pk).update(day_start=2)
    before = erasure.remains(full_life.pk)

    erasure.erase(full_life.pk, at=NOW)

    assert before["audit_logs.ip_address"] == 1
    assert erasure.remains(full_life.pk) == {}
    assert AuditLog.objects.filter(ip_address="203.0.113.77").count() == 0


def test_the_address_of_a_colleague_who_changed_a_person_stays(erased, stranger):
    AuditLog.objects.create(
        table_name="users", record_id=erased.pk, action="UPDATE", user_id=stranger.pk, ip_address="203.0.113.7"
    )

    assert erasure.remains(erased.pk) == {}


def test_a_run_proves_its_erasures_with_the_addresses_that_people_had(person, stranger, caplog):
    person.deletion_requested_at, person.is_active = NOW, False
    person.save()
    EmailAddressFactory(user=person, email=ADDRESS)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE forgotten_by_everybody (words text)")
        cursor.execute("INSERT INTO forgotten_by_everybody VALUES ('to: ' || %s)", [ADDRESS])

    erasure.run(NOW + erasure.GRACE)

    assert "'remains': {'forgotten_by_everybody.words': 1}" in caplog.text
