"""The examples that RFC 7515, 7520, 8037 and 9449 publish, compared byte for byte."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from tests.exchanges import exchange, http_date
from tests.unit.detectors.diagnosed import rules
from tests.unit.detectors.keyed import diagnosed

from why401.credentials.jwt import decode_jwt
from why401.detectors.dpop_proof import token_hash
from why401.jose.keyring import JwtKeyring
from why401.jose.keys import jwk_key, thumbprint
from why401.jose.verify import Verification, is_signed_by, verification
from why401.keys import NO_KEYS, JwtKeys

VECTORS: dict[str, Any] = json.loads(Path("tests/vectors/jose.json").read_text(encoding="utf-8"))
SIGNED = [each for each in VECTORS["jws"] if each["alg"] != "none"]
DPOP: dict[str, Any] = VECTORS["dpop"]


def by_source(vector: dict[str, Any]) -> str:
    return str(vector["source"])


def verified(compact: str, jwk: dict[str, str], alg: str) -> Verification:
    """The payload of RFC 7520 and 8037 is no set of claims, so the token is taken apart first."""
    entry = JwtKeys("k", host="*", jwks={"keys": [{**jwk, "alg": alg, "kid": "1"}]})
    return verification(decode_jwt(compact), (entry,), JwtKeyring(), "api.example.com")


@pytest.mark.parametrize("vector", SIGNED, ids=by_source)
def test_signature_of_the_rfc_is_right(vector: dict[str, Any]) -> None:
    assert verified(vector["compact"], vector["jwk"], vector["alg"]).status == "valid"


@pytest.mark.parametrize("vector", SIGNED, ids=by_source)
def test_signature_over_another_header_is_not(vector: dict[str, Any]) -> None:
    head, _, rest = vector["compact"].partition(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    other = base64.urlsafe_b64encode(json.dumps({**header, "x": 1}).encode()).rstrip(b"=").decode()
    found = verified(f"{other}.{rest}", vector["jwk"], vector["alg"])
    assert found.status == "mismatch"


@pytest.mark.parametrize("vector", [v for v in SIGNED if v["alg"] == "HS256"], ids=by_source)
def test_hmac_is_made_again_byte_for_byte(vector: dict[str, Any]) -> None:
    token = decode_jwt(vector["compact"])
    text = vector["jwk"]["k"]
    secret = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert hmac.new(secret, token.signing_input, hashlib.sha256).digest() == token.signature


@pytest.mark.parametrize("vector", [v for v in SIGNED if v["alg"] == "RS256"], ids=by_source)
def test_rsa_signature_gives_back_the_digest(vector: dict[str, Any]) -> None:
    """What tells an altered token from another's key: only RS256 of those published can."""
    head, payload, signature = vector["compact"].split(".")
    cut = f"{head}.{payload[:-4]}.{signature}"
    found = verified(cut, vector["jwk"], vector["alg"])
    assert found.recovered is not None
    own = hashlib.sha256(f"{head}.{payload}".encode()).digest()
    assert found.recovered.digest == own


def test_the_unsecured_example_is_named() -> None:
    (vector,) = [each for each in VECTORS["jws"] if each["alg"] == "none"]
    assert "alg-none" in decode_jwt(vector["compact"]).problems


# -- DPoP ----------------------------------------------------------------------------------------


def test_token_hash_and_thumbprint_of_the_rfc() -> None:
    assert token_hash(DPOP["token"]) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    header = decode_jwt(DPOP["proofs"][0]["proof"]).header
    assert header is not None
    assert thumbprint(header["jwk"]) == DPOP["thumbprint"]


@pytest.mark.parametrize("vector", DPOP["proofs"], ids=by_source)
def test_proof_of_the_rfc_is_signed_by_its_own_key(vector: dict[str, Any]) -> None:
    proof = decode_jwt(vector["proof"])
    assert proof.header is not None
    key = jwk_key(proof.header["jwk"], "k")
    assert key is not None
    assert is_signed_by(proof, key) is True


@pytest.mark.parametrize("vector", DPOP["proofs"], ids=by_source)
def test_proof_of_the_rfc_fits_its_request_and_no_other(vector: dict[str, Any]) -> None:
    claims = decode_jwt(vector["proof"]).claims or {}
    headers = {"DPoP": vector["proof"]}
    if "ath" in claims:
        headers["Authorization"] = f"DPoP {DPOP['token']}"

    def refused(method: str) -> Any:
        return exchange(
            vector["url"],
            method=method,
            headers=headers,
            status=401,
            at_s=claims["iat"] + 1,
            response_headers={
                "Date": http_date(claims["iat"] + 1),
                "WWW-Authenticate": 'DPoP algs="ES256"',
            },
        )

    right = diagnosed(refused(vector["method"]), NO_KEYS)
    assert "bearer/dpop-proof-invalid" not in rules(right)
    assert "bearer/dpop-proof-invalid" in rules(diagnosed(refused("DELETE"), NO_KEYS))
