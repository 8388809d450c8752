"""Limits of reading one file, whatever its format.

A file beyond them is refused: others wait for the worker.
"""

import time

# Lines of all tables, or entries: ten years of 68 habits. Cells of all tables.
MAX_ROWS, MAX_CELLS = 250_000, 2_500_000
# Seconds of computing.
MAX_SECONDS = 10.0


class ComputingTime:
    """The thread's computing time since the object was made.

    What other processes do does not count.
    """

    def __init__(self) -> None:
        self._begun = time.thread_time()

    @property
    def is_over(self) -> bool:
        return time.thread_time() - self._begun > MAX_SECONDS
