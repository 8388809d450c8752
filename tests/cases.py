"""`for_each`: one test of many cheap cases, which reports every case that fails.

pytest's `parametrize` makes a test of each case, which costs more than these cases do.
"""

from collections.abc import Callable, Iterable
from typing import Any


def for_each(cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Runs the test with each case; a tuple is passed as several arguments."""
    cases = list(cases)

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        def run() -> None:
            assert cases
            failures = [failure for case in cases if (failure := _failure(test, case))]
            if len(failures) == 1:
                raise failures[0]
            if failures:
                # pytest prints the tracebacks of the first 15 only, so the message lists all of them.
                listed = "\n".join(f"{failure.__notes__[-1]}: {_first_line(failure)}" for failure in failures)
                raise ExceptionGroup(f"{len(failures)} of {len(cases)} cases fail\n{listed}\n", failures)

        run.__name__, run.__doc__, run.__module__ = test.__name__, test.__doc__, test.__module__
        return run

    return decorate


def _failure(test: Callable[..., None], case: Any) -> Exception | None:
    try:
        test(*case) if isinstance(case, tuple) else test(case)
    except Exception as error:
        error.add_note(f"in the case: {str(case)[:300]}")
        return error
    return None


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__} {error}".partition("\n")[0][:300]
