"""10,000 interleavings, compared after each step; and a minute of everything at once. Run by `make faults`."""

import os

import pytest
from django.db import transaction

from gamification.models import Achievement
from tests.habits import interleavings

STORIES = int(os.environ.get("INTERLEAVINGS", "10000"))
# Several runs can share them: each takes its own.
FIRST = 1_000_000 + int(os.environ.get("INTERLEAVINGS_FROM", "0"))
os.environ.setdefault("AT_ONCE_SECONDS", "60")

from tests.habits.test_many_at_once import (  # noqa: F401 -- needs AT_ONCE_SECONDS
    test_concurrent_operations_raise_nothing_and_leave_the_row_equal_to_the_replay,
)


@pytest.mark.django_db
def test_fast_and_slow_agree_on_ten_thousand_interleavings():
    Achievement.objects.update(is_active=False)

    for seed in range(FIRST, FIRST + STORIES):
        with transaction.atomic():
            interleavings.run(seed, steps=16, each=True)
            transaction.set_rollback(True)
        if not (seed + 1) % 1000:
            print(f"{seed + 1 - FIRST} interleavings agree", flush=True)
