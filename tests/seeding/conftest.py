"""One small world of seeded people for all tests of this folder: they only read it, or undo what they change."""

import datetime as dt

import pytest
from django.db import transaction

PEOPLE, DAYS, SEED = 14, 45, 7
UNTIL = dt.date(2026, 10, 20)


@pytest.fixture(scope="package")
def sown(django_db_setup, django_db_blocker):
    from tests.conftest import load_content
    from wellness.seeding import sowing

    with django_db_blocker.unblock(), transaction.atomic():
        load_content()
        yield sowing.seed(PEOPLE, days=DAYS, seed=SEED, until=UNTIL, password="!")
        transaction.set_rollback(True)
