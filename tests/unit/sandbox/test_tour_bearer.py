from __future__ import annotations

from tests.unit.sandbox.recording import Recording

from why401.sandbox import tour_bearer


def test_a_token_that_was_refreshed_is_not_active(client: Recording) -> None:
    tour_bearer.keep_the_token_of_before(client)
    assert [reply.status for reply in client.replies] == [200, 200, 200, 401]
    assert "Provided token isn't active" in client.replies[-1].headers["www-authenticate"]


def test_the_redirect_is_followed_without_the_token(client: Recording) -> None:
    tour_bearer.follow_a_redirect(client)
    assert [reply.status for reply in client.replies] == [302, 401]
    assert client.sent[-1].url == "http://cdn.shop.example/files/catalogue.pdf"


def test_a_token_of_a_fast_clock_is_not_valid_yet(client: Recording) -> None:
    tour_bearer.trust_a_clock_that_is_fast(client)
    assert "Jwt used before" in client.replies[-1].headers["www-authenticate"]
