"""How sure a recomputed mismatch is the cause, and the record of checks."""

from typing import Any

import pytest
from tests.unit.detectors.diagnosed import jwt, refused

from why401.case import Case
from why401.detectors.recomputed import (
    certainty_of_recomputed,
    is_signature_accepted,
    record,
    recorded,
)
from why401.detectors.server_words import Topic
from why401.model import Certainty, SignatureCheck

TOKEN = f"Bearer {jwt()}"
SIGNATURE = (Topic.SIGNATURE,)

CERTAINTIES: list[Any] = [
    pytest.param({}, SIGNATURE, True, "proven", id="the only credential, and nothing said"),
    pytest.param({"says": "invalid signature"}, SIGNATURE, False, "proven", id="said so"),
    pytest.param(
        {"says": "invalid signature", "status": 403}, SIGNATURE, False, "proven", id="said with 403"
    ),
    pytest.param({"says": "token expired"}, SIGNATURE, True, "likely", id="another reason said"),
    pytest.param(
        {"says": "no authorization"}, SIGNATURE, True, "likely", id="credentials not found"
    ),
    pytest.param({"says": "invalid audience"}, (Topic.AUDIENCE,), True, "proven", id="that reason"),
    pytest.param({}, SIGNATURE, False, "likely", id="keys that name no host"),
    pytest.param({"status": 403}, SIGNATURE, True, "likely", id="403 may be about rights"),
    pytest.param(
        {"headers": {"X-Api-Key": "k3y-of-the-user-0001"}}, SIGNATURE, True, "likely",
        id="another credential",
    ),
    pytest.param({"headers": {"Cookie": "sid=abc123"}}, SIGNATURE, True, "proven", id="a cookie"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "topics", "is_bound", "certainty"), CERTAINTIES)
def test_certainty_is_by_the_words_else_by_what_else_was_sent(
    parts: dict[str, Any], topics: tuple[Topic, ...], is_bound: bool, certainty: str
) -> None:
    case = Case(refused(TOKEN, **parts))
    assert certainty_of_recomputed(case, *topics, is_bound=is_bound) is Certainty(certainty)


ACCEPTED = [
    pytest.param("jwt expired", True, id="expired"),
    pytest.param("invalid audience", True, id="audience"),
    pytest.param("token was revoked", True, id="revoked"),
    pytest.param("invalid signature", False, id="signature"),
    pytest.param("invalid signature or token expired", False, id="either"),
    pytest.param("unauthorized", False, id="nothing special"),
    pytest.param("", False, id="nothing"),
]


@pytest.mark.parametrize(("says", "is_accepted"), ACCEPTED)
def test_a_server_that_looks_further_took_the_signature(says: str, is_accepted: bool) -> None:
    assert is_signature_accepted(Case(refused(TOKEN, says=says))) is is_accepted


def test_checks_are_kept_in_order() -> None:
    case = Case(refused(TOKEN))
    assert recorded(case) == ()
    first, second = (SignatureCheck(name, "request", "valid") for name in ("jwt", "digest"))
    record(case, first)
    record(case, second)
    assert recorded(case) == (first, second)
    assert recorded(Case(refused(TOKEN))) == ()
