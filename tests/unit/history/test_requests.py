"""Outcomes of requests, bounded."""

from __future__ import annotations

from why401.history.requests import (
    MAX_ATTEMPTS,
    MAX_GUARDED,
    MAX_LOOKS,
    MAX_OUTCOMES,
    MAX_WORKED,
    Attempt,
    Guarded,
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


def guarded(number: int, host: str = "api.example.com") -> Guarded:
    return Guarded(f"#{number}", host, is_bare=True, mark=number, is_of_connection=False)


def test_a_refused_request_guards_until_it_was_looked_at_enough() -> None:
    requests = Requests()
    assert not requests.guards("api.example.com")
    requests.guard(1, guarded(10))
    assert requests.guards("api.example.com")
    assert requests.guards_mark(10)
    found = requests.guarded(1)
    assert found is not None
    found.looks = MAX_LOOKS
    assert requests.guarded(1) is None
    # Refused again, it is not looked at anew.
    requests.guard(1, guarded(11))
    assert requests.guarded(1) is None
    assert not requests.guards_mark(11)


def test_guarded_requests_are_bounded() -> None:
    requests = Requests()
    for number in range(MAX_GUARDED + 5):
        requests.guard(number, guarded(number, f"h{number}.example"))
    assert not requests.guards("h0.example")
    assert not requests.guards_mark(0)
    assert len(requests._guarded) == len(requests._guarded_marks) == MAX_GUARDED
    assert len(requests._guarded_hosts) == MAX_GUARDED
