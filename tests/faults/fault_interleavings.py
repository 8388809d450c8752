"""10,000 interleavings, compared after each step; and a minute of everything at once. Run by `make faults`."""

import os

import pytest
from django.db import transaction

from gamification.models import Achievement
from tests.habits import interleavings

STORIES = int(os.environ.get("INTERLEAVINGS", "10000"))
os.environ.setdefault("AT_ONCE_SECONDS", "60")

from tests.habits.test_many_at_once import (  # noqa: F401 -- after it is known for how long
    test_nobody_is_turned_away_and_what_is_kept_equals_the_replay,
)


@pytest.mark.django_db
def test_fast_and_slow_agree_on_ten_thousand_interleavings():
    Achievement.objects.update(is_active=False)

    for seed in range(1_000_000, 1_000_000 + STORIES):
        with transaction.atomic():
            interleavings.tell(seed, steps=16, each=True)
            transaction.set_rollback(True)
