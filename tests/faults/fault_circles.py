"""Nobody ever sees a day that they may not, in ten thousand random histories of circles.

Each takes about 0.4 seconds of one core, so use `-n 2`, or a part of them: WELLNESS_HISTORIES of them from
WELLNESS_FIRST_HISTORY on, or as many as WELLNESS_SECONDS allow. Their number is printed (`-s`).
"""

import gc
import os
import time
from collections import Counter

import pytest

from tests.circles import circle_history
from tests.circles.test_random_histories import FEW, circle

__all__ = ["circle"]

MANY = int(os.environ.get("WELLNESS_HISTORIES", "10000"))
# The suite runs those before.
FIRST = int(os.environ.get("WELLNESS_FIRST_HISTORY", FEW))
ENDS_AT = time.monotonic() + float(os.environ.get("WELLNESS_SECONDS", "inf"))
AT_A_TIME = 100

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module", autouse=True)
def _loaded_modules_are_no_garbage():
    """Collections look at what histories make, and not each time at all that is loaded."""
    kept = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, *kept[1:])
    yield
    gc.set_threshold(*kept)
    gc.unfreeze()


@pytest.fixture(scope="module")
def looked_at():
    """What there was to see in all histories."""
    found: Counter[str] = Counter()
    yield found
    print(f"\n{found.pop('histories')} histories; with something to see: {dict(found)}", flush=True)


@pytest.mark.parametrize("first", range(FIRST, FIRST + MANY, AT_A_TIME))
def test_nobody_sees_what_they_may_not_in_some_histories(circle, looked_at, first):
    for seed in range(first, min(first + AT_A_TIME, FIRST + MANY)):
        if time.monotonic() > ENDS_AT:
            break
        looked_at += circle_history.run(seed, circle)
        looked_at["histories"] += 1
