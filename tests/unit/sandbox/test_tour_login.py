from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.sandbox.recording import Recording

from why401.sandbox import tour_login
from why401.sandbox.client import TourClient


@pytest.mark.parametrize(
    ("step", "statuses"),
    [
        pytest.param(tour_login.shake_hands_with_digest, [401, 200], id="Digest"),
        pytest.param(tour_login.hash_the_path_without_its_query, [401, 200, 401], id="Digest uri"),
        pytest.param(tour_login.keep_a_session, [200, 200], id="cookie"),
        pytest.param(tour_login.leave_https, [200, 200, 401], id="cookie kept back"),
    ],
)
def test_answers(
    client: Recording, step: Callable[[TourClient], None], statuses: list[int]
) -> None:
    step(client)
    assert [reply.status for reply in client.replies] == statuses
