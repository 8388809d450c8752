"""The circuit breaker: when it opens, who may try again, and how its pause grows."""

from core.circuit_breaker import CircuitBreaker


def test_it_opens_after_so_many_failures_in_a_row():
    breaker = CircuitBreaker(failures=2, pause=10)
    breaker.record_failure(0)
    assert breaker.allows_call(0)
    breaker.record_success()
    breaker.record_failure(1)
    assert breaker.allows_call(1)
    breaker.record_failure(2)

    assert breaker.is_open(11.9)
    assert not breaker.allows_call(11.9)


def test_one_call_tries_again_after_the_pause():
    breaker = CircuitBreaker(pause=10)
    breaker.record_failure(0)

    assert breaker.allows_call(10)
    assert not breaker.allows_call(10)
    # The first one never came back.
    assert breaker.allows_call(20)


def test_a_success_closes_it():
    breaker = CircuitBreaker(pause=10)
    breaker.record_failure(0)
    assert breaker.allows_call(10)
    breaker.record_success()

    assert breaker.allows_call(10)
    assert breaker.allows_call(10)


def test_each_further_failure_doubles_the_pause_up_to_the_longest():
    breaker = CircuitBreaker(failures=2, pause=60, longest=480)
    pauses = []
    for _failure in range(2_000):
        breaker.record_failure(0)
        pauses.append(breaker.open_until)

    assert pauses[:6] == [0, 60, 120, 240, 480, 480]
    assert set(pauses[6:]) == {480}


def test_without_a_longest_the_pause_stays_the_same():
    breaker = CircuitBreaker(pause=10)
    breaker.record_failure(0)
    breaker.record_failure(5)

    assert breaker.open_until == 15
