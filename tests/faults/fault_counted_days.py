"""What achievements count is what the record says, and earned is what was ever satisfied, over many random histories."""

import os

import pytest
from django.db import transaction

from tests.habits import counted_days

MANY = int(os.environ.get("WELLNESS_HISTORIES", "1000"))
# The suite runs those before.
FIRST = 100

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_counters_and_badges_are_those_of_the_record_in_many_histories(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    failed = []
    for seed in range(FIRST, FIRST + MANY):
        try:
            with transaction.atomic():
                counted_days.run(seed, steps=40)
                transaction.set_rollback(True)
        except AssertionError as error:
            failed.append(f"history {seed}: {error}")
    assert not failed, "\n".join(failed[:5])
