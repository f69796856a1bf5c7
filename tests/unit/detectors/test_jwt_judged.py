"""The JWT that an answer is about, and whether keys are tried on it."""

from typing import Any

import pytest
from tests.unit.detectors.diagnosed import SECRET, jwt, refused
from tests.unit.detectors.keyed import HOST, configured

from why401.case import Case
from why401.context import Context
from why401.detectors.jwt_judged import is_sent_as_token, judged_jwt, verification_of
from why401.history import History
from why401.keys import NO_KEYS, Keys
from why401.masking import Masker

TOKEN = jwt()
OTHER = jwt({"sub": "other"})
KEYS = configured(jwt=[{"host": HOST, "secret": SECRET.decode()}])

JUDGED: list[Any] = [
    pytest.param({"authorization": f"Bearer {TOKEN}"}, "request.header.authorization", id="Bearer"),
    pytest.param(
        {"authorization": f"Bearer {TOKEN}", "headers": {"X-Token": OTHER}},
        "request.header.authorization", id="before another header",
    ),
    pytest.param(
        {"url": f"https://{HOST}/a?access_token={TOKEN}"}, "request.query.access_token", id="query"
    ),
    pytest.param({"headers": {"DPoP": TOKEN}}, None, id="a proof is no token"),
    pytest.param({"authorization": "Bearer opaque-0123456789"}, None, id="opaque"),
    pytest.param(
        {"authorization": f"Bearer {TOKEN.rpartition('.')[0]}.[redacted:signature:0badcafe]"},
        None, id="masked by the capture's writer",
    ),
    pytest.param({}, None, id="nothing sent"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "where"), JUDGED)
def test_one_token_is_judged(parts: dict[str, Any], where: str | None) -> None:
    found = judged_jwt(Case(refused(**parts)))
    assert (found and found.where) == where


PLACES: list[Any] = [
    pytest.param({"authorization": f"Bearer {TOKEN}"}, True, id="Authorization"),
    pytest.param({"url": f"https://{HOST}/a?access_token={TOKEN}"}, True, id="query"),
    pytest.param({"headers": {"X-Token": TOKEN}}, False, id="a header of its own"),
    pytest.param({"headers": {"Cookie": f"session={TOKEN}"}}, False, id="cookie"),
]


@pytest.mark.parametrize(("parts", "expected"), PLACES)
def test_only_some_places_are_those_of_tokens(parts: dict[str, Any], expected: bool) -> None:
    found = judged_jwt(Case(refused(**parts)))
    assert found is not None
    assert is_sent_as_token(found) is expected


VERIFIED = [
    pytest.param(TOKEN, KEYS, "valid", id="by this key"),
    pytest.param(jwt(key=b"x" * 40), KEYS, "mismatch", id="by another"),
    pytest.param(TOKEN, NO_KEYS, None, id="no keys"),
    pytest.param(jwt(header={"alg": "none"}), KEYS, None, id="unsigned"),
    pytest.param(TOKEN.rpartition(".")[0] + ".", KEYS, None, id="signature cut off"),
]


@pytest.mark.parametrize(("token", "keys", "status"), VERIFIED)
def test_keys_are_tried_on_what_is_a_signature(token: str, keys: Keys, status: str | None) -> None:
    case = Case(refused(f"Bearer {token}"))
    context = Context(History(), keys, Masker(b"k" * 32))
    credential = judged_jwt(case)
    assert credential is not None
    found = verification_of(case, context, credential)
    assert (found and found.status) == status
    assert verification_of(case, context, credential) is found
