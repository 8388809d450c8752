"""A circuit breaker: calls of something that keeps failing are skipped for a while.

After some failures in a row the circuit is open, and `allows_call` says no. When the pause is over it says yes once, and
that call tries again: a failure doubles the pause, a success closes the circuit. A breaker belongs to one process, whose
threads may share it; other processes learn for themselves.

Users: Redis (core/redis.py), the replica (core/db/replica.py), the coach's provider (coaching/provider.py), gateways
(billing/gateways/silence.py). What counts as a failure, and what is done instead of the call, is theirs. Libraries such as
pybreaker are not used: they have their own clock and no growing pause, and are longer than this.
"""

from threading import Lock


class CircuitBreaker:
    """Counts failed calls and says whether another one may be made.

    Times are seconds of a clock that only moves forward, always the same one, such as time.monotonic().
    `failures`: how many in a row open the circuit. `pause`: the seconds for which it is open, doubled by each further
    failure up to `longest`, which is `pause` by default.
    """

    def __init__(self, *, pause: float, failures: int = 1, longest: float | None = None):
        self.pause, self._longest, self._limit = pause, longest, failures
        # In a row, up to now.
        self.failures = 0
        self.open_until = 0.0
        self._lock = Lock()

    def is_open(self, now: float) -> bool:
        """Whether calls are skipped now."""
        return now < self.open_until

    def allows_call(self, now: float) -> bool:
        """Whether a call may be made now.

        The one that tries again keeps the others away for another pause; if it ends without a result, the next one
        tries then.
        """
        with self._lock:
            if self.is_open(now):
                return False
            if self.failures >= self._limit:
                self.open_until = now + self.pause
            return True

    def record_failure(self, now: float) -> None:
        """Counts a failed call, which may open the circuit."""
        with self._lock:
            self.failures += 1
            further = self.failures - self._limit
            if further >= 0:
                longest = self.pause if self._longest is None else self._longest
                # A power that is too high for a float would raise.
                self.open_until = now + min(self.pause * 2.0 ** min(further, 100), longest)

    def record_success(self) -> None:
        """Closes the circuit."""
        with self._lock:
            self.failures, self.open_until = 0, 0.0
