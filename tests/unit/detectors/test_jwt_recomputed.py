"""What findings about a recomputed signature are made of."""

import pytest
from tests.unit.detectors.diagnosed import SECRET, jwt, refused
from tests.unit.detectors.keyed import HOST, configured, jwk, rsa_key, token

from why401.case import Case
from why401.context import Context
from why401.detectors.jwt_judged import judged_jwt, verification_of
from why401.detectors.jwt_recomputed import Recomputed, name_of
from why401.detectors.server_words import Topic
from why401.history import History
from why401.keys import Keys
from why401.masking import Masker
from why401.model import Certainty

BY_HOST = configured(jwt=[{"host": HOST, "secret": SECRET.decode()}])
PROVEN, LIKELY, _ = Certainty


def recomputed(sent: str, keys: Keys = BY_HOST, says: str = "", status: int = 401) -> Recomputed:
    case = Case(refused(f"Bearer {sent}", says=says, status=status))
    context = Context(History(), keys, Masker(b"k" * 32))
    credential = judged_jwt(case)
    assert credential is not None
    assert credential.jwt is not None
    found = verification_of(case, context, credential)
    assert found is not None
    return Recomputed(case, context, credential, credential.jwt, found)


FORGED = jwt(key=b"x" * 40)
CERTAINTIES = [
    pytest.param("", 401, PROVEN, id="nothing said"),
    pytest.param("invalid signature", 403, PROVEN, id="said so"),
    pytest.param("", 403, LIKELY, id="403"),
    pytest.param("token expired", 401, LIKELY, id="another reason"),
]


@pytest.mark.parametrize(("says", "status", "certainty"), CERTAINTIES)
def test_certainty_is_by_answer_and_configuration(
    says: str, status: int, certainty: Certainty
) -> None:
    made = recomputed(FORGED, says=says, status=status)
    assert made.certainty(Topic.SIGNATURE) is certainty


def test_keys_for_no_host_prove_less() -> None:
    assert recomputed(FORGED).certainty(Topic.SIGNATURE, is_bound=False) is LIKELY


def test_evidence_names_the_key_by_its_place_and_never_shows_it() -> None:
    made = recomputed(FORGED, says="invalid signature")
    found = made.finding(
        "jwt/signature-wrong-key", "x", PROVEN, made.expected_evidence(), Topic.SIGNATURE
    )
    assert [each.where for each in found.evidence] == [
        "request.header.authorization",
        "config.credentials.jwt[0].secret",
        "response.json.message",
    ]
    assert found.evidence[0].seen == {"alg": "HS256"}
    assert SECRET.decode() not in str(found)
    assert name_of(made.found.expected.keys[0]) == "credentials.jwt[0].secret"


def test_only_keys_of_a_key_set_have_names() -> None:
    key_set = {"keys": [jwk(rsa_key(), kid="one")]}
    made = recomputed(
        token(rsa_key(), header={"kid": "one"}), configured(jwt=[{"host": HOST, "jwks": key_set}])
    )
    assert made.kid == "one"
    assert [key.kid for key in made.jwks()] == ["one"]
    assert recomputed(FORGED).jwks() == ()
