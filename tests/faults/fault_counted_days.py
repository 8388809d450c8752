"""What achievements count is what the record says, and earned is what was ever satisfied, over many random histories."""

import os

import pytest
from django.db import transaction

from tests.habits import counted_days

MANY = int(os.environ.get("WELLNESS_HISTORIES", "1000"))
# The suite runs those before.
FIRST = 100
AT_A_TIME = 10

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.mark.parametrize("first", range(FIRST, FIRST + MANY, AT_A_TIME))
def test_counters_and_badges_are_those_of_the_record_in_some_histories(settings, tmp_path, first):
    settings.MEDIA_ROOT = tmp_path
    for seed in range(first, min(first + AT_A_TIME, FIRST + MANY)):
        with transaction.atomic():
            counted_days.run(seed, steps=40)
            transaction.set_rollback(True)
