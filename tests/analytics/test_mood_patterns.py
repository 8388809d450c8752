"""Patterns of mood and energy are said where they are planted, and nowhere else."""

import datetime as dt
import random

import pytest

from analytics import mood_patterns
from analytics.mood_patterns import CHANCE
from evaluation import patterns

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 1, 5)
TODAY = MONDAY + 60 * DAY


def rng(seed):
    return random.Random(seed)  # noqa: S311 -- repeatable, not secret


def said(scores, shares, **asked):
    compared = mood_patterns.compare(scores, shares.get, today=TODAY, **asked)
    return {(one.which, one.lag) for one in compared if one.found and one.found.beyond_chance}


def done_at_random(source):
    return {MONDAY + n * DAY: float(source.random() < 0.5) for n in range(60)}


@pytest.mark.parametrize("lag", [0, 1])
def test_a_planted_pattern_is_said_of_its_own_day(lag):
    source = rng(4)
    shares = done_at_random(source)
    scores = {
        day: (5 + 2 * shares.get(day - lag * DAY, 0.0) + source.gauss(0, 1), source.gauss(5, 1)) for day in shares
    }

    assert said(scores, shares) == {(0, lag)}


def test_the_score_of_the_next_day_stands_beside_the_day_before_it():
    shares = {MONDAY: 1.0, MONDAY + DAY: 0.0}
    scores = {MONDAY: (3.0, None), MONDAY + DAY: (9.0, None), MONDAY + 2 * DAY: (5.0, 2.0)}

    same, _energy, following, energy = mood_patterns.compare(scores, shares.get, today=TODAY)

    assert (same.shares, same.scores) == ((1.0, 0.0), (3.0, 9.0))
    assert (following.shares, following.scores) == ((1.0, 0.0), (9.0, 5.0))
    assert (energy.which, energy.lag, energy.scores) == (1, 1, (2.0,))


def test_the_open_day_is_left_out():
    shares = {TODAY - DAY: 1.0, TODAY: 1.0}

    compared = mood_patterns.compare({TODAY: (9.0, 9.0)}, shares.get, today=TODAY)

    assert [one.scores for one in compared] == [(), (), (), ()]


def test_all_pages_together_have_one_chance():
    for pages in (1, 2, 3, 5, 12):
        of_all, of_one = (mood_patterns.page_chance(pages, of_one=of_one) for of_one in (False, True))
        assert of_all + pages * of_one == pytest.approx(CHANCE)
        assert of_all >= mood_patterns.LEAST_FOR_ALL_HABITS * CHANCE
    # Both pages of the one habit show the same.
    assert {mood_patterns.page_chance(0, of_one=of_one) for of_one in (False, True)} == {CHANCE}


def width(scores, shares):
    found = mood_patterns.compare(scores, shares.get, today=TODAY)[0].found
    return found.high - found.low


def test_scores_that_move_together_have_fewer_chances_and_narrower_intervals():
    source = rng(9)
    shares = done_at_random(source)
    moods = {day: source.gauss(5, 1) for day in shares}
    apart = {day: (mood, source.gauss(5, 1)) for day, mood in moods.items()}
    together = {day: (mood, mood + source.gauss(0, 0.3)) for day, mood in moods.items()}
    alone = {day: (mood, None) for day, mood in moods.items()}

    assert width(alone, shares) < width(together, shares) < width(apart, shares)


@pytest.mark.parametrize("echo", [0.0, 0.6, 0.9])
def test_by_chance_alone_few_people_read_anything(echo):
    source, found = rng(11), 0

    def drift():
        value, series = 0.0, []
        for _n in range(60):
            value = echo * value + source.gauss(0, 1)
            series.append(value)
        return series

    for _person in range(200):
        shares = {MONDAY + n * DAY: float(value > 0) for n, value in enumerate(drift())}
        scores = dict(zip(shares, zip(drift(), drift(), strict=True), strict=True))
        found += bool(said(scores, shares))

    # 95 of 100 people read nothing; two hundred get some tolerance.
    assert found <= 200 * 0.08


def test_few_people_read_a_weekly_rhythm_as_a_pattern_of_five_habits():
    # One cell of `make eval`, short.
    source, world, people = rng(3), patterns.WORLDS["the same rhythm of the week"], 100

    found = sum(patterns.reads_a_pattern(source, 60, 5, world) for _person in range(people))

    assert found <= people * 0.10
