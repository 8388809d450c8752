"""`for_each`: one test of many cases that cost next to nothing. pytest's `parametrize` makes a test of each, which costs
more than these do; the case that fails is named all the same.
"""

from collections.abc import Callable, Iterable
from typing import Any


def for_each(cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """A tuple is given as several arguments."""
    cases = list(cases)

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        def run() -> None:
            assert cases
            for case in cases:
                try:
                    test(*case) if isinstance(case, tuple) else test(case)
                except Exception as error:
                    error.add_note(f"in the case: {str(case)[:300]}")
                    raise

        run.__name__, run.__doc__, run.__module__ = test.__name__, test.__doc__, test.__module__
        return run

    return decorate
