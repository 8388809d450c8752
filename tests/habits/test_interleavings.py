"""After any sequence of operations the stored streak equals a slow and simple replay; ten thousand by `make faults`."""

import pytest
from django.db import transaction

from gamification.models import Achievement
from tests.habits import interleavings

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize("first", range(0, 60, 30))
def test_fast_and_slow_agree_on_any_interleaving(first):
    Achievement.objects.update(is_active=False)

    for seed in range(first, first + 30):
        with transaction.atomic():
            interleavings.run(seed, steps=6)
            transaction.set_rollback(True)
