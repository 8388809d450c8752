"""A thousand rounds of sixteen that grant the same achievement at once."""

import pytest

from tests.gamification.test_exactly_once import race

ROUNDS = 1000


@pytest.mark.usefixtures("committed")
def test_a_thousand_rounds_of_sixteen_grant_it_once_each():
    assert race(ROUNDS) == ([1] * ROUNDS, [1] * ROUNDS)
