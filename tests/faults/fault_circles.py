"""Nobody ever sees a day that they may not, in ten thousand random histories of circles.

Each takes about 0.2 seconds of one core, so use `-n 2`, or a part of them: WELLNESS_HISTORIES of them from
WELLNESS_FIRST_HISTORY on.
"""

import os

import pytest

from tests.circles import circle_history
from tests.circles.test_random_histories import FEW, circle

__all__ = ["circle"]

MANY = int(os.environ.get("WELLNESS_HISTORIES", "10000"))
# The suite runs those before.
FIRST = int(os.environ.get("WELLNESS_FIRST_HISTORY", FEW))
AT_A_TIME = 25

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.mark.parametrize("first", range(FIRST, FIRST + MANY, AT_A_TIME))
def test_nobody_sees_what_they_may_not_in_some_histories(circle, first):
    for seed in range(first, min(first + AT_A_TIME, FIRST + MANY)):
        circle_history.run(seed, circle)
