"""Outcomes of requests, bounded."""

from __future__ import annotations

from why401.history.requests import (
    MAX_ATTEMPTS,
    MAX_OUTCOMES,
    MAX_WORKED,
    Attempt,
    Requests,
    Worked,
    request_key,
)


def test_the_query_does_not_count() -> None:
    key = request_key("GET", "a.example", b"/x?y=1")
    assert key == request_key(b"GET", "a.example", b"/x?y=2")
    assert key != request_key("POST", "a.example", b"/x")
    assert key != request_key("GET", "b.example", b"/x")


def test_the_last_success_counts() -> None:
    requests = Requests()
    requests.worked(1, Worked("#1", "a.example", 1.0, None, ""))
    requests.worked(1, Worked("#2", "a.example", 2.0, b"t", "bearer"))
    found = requests.last_success(1)
    assert found is not None
    assert found.exchange == "#2"
    assert requests.last_success(2) is None


def test_they_are_bounded() -> None:
    requests = Requests()
    for number in range(2 * MAX_WORKED):
        requests.worked(number, Worked("#", "a.example", 1.0, None, ""))
        requests.attempted(number, b"t", "", Attempt("#", 1.0, 401, ""))
        requests.attempted(0, b"t", "", Attempt("#", 1.0, 401, ""))
    assert len(requests._worked) == MAX_WORKED
    assert len(requests._attempts) == MAX_ATTEMPTS
    assert len(requests.attempts(0, b"t", "")) == MAX_OUTCOMES
