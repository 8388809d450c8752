"""2,000 random criteria are refused with a reason, or earned by a constructed history."""

import pytest

from tests.gamification.test_reachability import check

CRITERIA = 2000


@pytest.mark.parametrize("first", range(0, CRITERIA, 100))
def test_a_hundred_random_criteria_are_earned_or_refused(first):
    outcomes = [check(seed) for seed in range(first, first + 100)]

    assert outcomes.count("earned") > 50
