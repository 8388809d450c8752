"""What achievements count is what the record says, in whatever order it was changed."""

import pytest

from tests.habits import counted_days

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(6))
def test_counters_and_badges_kept_step_by_step_are_those_of_the_record(seed, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    counted_days.run(seed, steps=30)
