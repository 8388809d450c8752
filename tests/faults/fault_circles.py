"""Nobody ever sees a day that they may not, in ten thousand random histories of circles."""

import os

import pytest

from tests.circles.test_random_histories import FEW, circle, habits, people, run_named

__all__ = ["circle", "habits", "people"]

MANY = int(os.environ.get("WELLNESS_HISTORIES", "10000"))

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_nobody_sees_what_they_may_not_in_many_histories(circle, people, habits):
    for seed in range(FEW, FEW + MANY):
        run_named(seed, circle, people, habits)
