import base64
import hashlib
import hmac
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchanges import b64url, exchange
from tests.unit.detectors.diagnosed import finding, outcome, refused, rules
from tests.unit.detectors.keyed import (
    HOST,
    NOW,
    configured,
    diagnosed,
    ec_key,
    ed_key,
    jwk,
    pem,
    rsa_key,
    status,
    token,
)

from why401.keys import Keys
from why401.model import Exchange

SECRET = "an-agreed-secret-of-more-than-32-bytes"


def by_secret(secret: str, **entry: Any) -> Keys:
    return configured(jwt=[{"host": HOST, "secret": secret, **entry}])


def by_pem(key: Any, **entry: Any) -> Keys:
    return configured(jwt=[{"host": HOST, "key": pem(key), **entry}])


def hs(secret: bytes, alg: str = "HS256", header: dict[str, Any] | None = None) -> str:
    """Sign without PyJWT, which refuses some of these secrets."""
    signed = f"{b64url(header or {'alg': alg})}.{b64url({'sub': 'u', 'exp': NOW + 60})}"
    return f"{signed}.{b64url(hmac.digest(secret, signed.encode(), f'sha{alg[2:]}'))}"


def edited(sent: str) -> str:
    """Raise the token's rights by hand, as on jwt.io, and keep the signature."""
    head, payload, signature = sent.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{head}.{b64url({**claims, 'role': 'admin'})}.{signature}"


SECRETS: list[Any] = [
    pytest.param(base64.b64encode(b"\xfb" * 40).decode(), base64.b64decode, "base64", id="b64"),
    pytest.param(
        base64.urlsafe_b64encode(b"\xfb" * 40).rstrip(b"=").decode(),
        lambda s: base64.urlsafe_b64decode(s + "=="),
        "base64",
        id="base64url without padding",
    ),
    pytest.param("6b" * 40, bytes.fromhex, "hex", id="hex"),
    pytest.param(SECRET + "\n", lambda s: s.strip().encode(), "newline", id="stripped"),
    pytest.param(SECRET, lambda s: s.encode() + b"\n", "newline", id="newline from echo"),
    pytest.param(SECRET, lambda s: f'"{s}"'.encode(), "quotes", id="quoted"),
    pytest.param(f"'{SECRET}'", lambda s: s[1:-1].encode(), "quotes", id="unquoted"),
    pytest.param(SECRET, lambda s: base64.b64encode(s.encode()), "encoded", id="encoded"),
    pytest.param(SECRET, lambda s: s.encode().hex().encode(), "encoded", id="hex-encoded"),
    pytest.param(SECRET, lambda s: s.encode("utf-16-le"), "charset", id="UTF-16"),
    pytest.param("pässwörter-" * 4, lambda s: s.encode("latin-1"), "charset", id="Latin-1"),
    pytest.param("a\\nb" * 12, lambda s: s.replace("\\n", "\n").encode(), "escape", id="escape"),
    pytest.param(
        "base64:" + base64.b64encode(b"\xfb" * 32).decode(),
        lambda s: base64.b64decode(s[7:]),
        "prefix",
        id="Laravel",
    ),
    pytest.param("a%2Fb%2B" * 6, lambda s: b"a/b+" * 6, "percent", id="percent"),
    pytest.param(SECRET, lambda s: s.encode()[:32], "cut", id="cut to 32"),
]


@pytest.mark.parametrize(("secret", "used", "cause"), SECRETS)
def test_a_secret_in_another_form_is_proven(secret: str, used: Any, cause: str) -> None:
    sent = hs(used(secret))
    diagnosis = diagnosed(refused(f"Bearer {sent}"), by_secret(secret), hide=(sent,))
    assert outcome(diagnosis) == (f"jwt/secret-encoding#{cause}", "proven")
    assert status(diagnosis) == "mismatch"
    assert diagnosis.signatures[0].explained_by == "jwt/secret-encoding"
    where = [each.where for each in diagnosis.findings[0].evidence]
    assert "config.credentials.jwt[0].secret" in where


@pytest.mark.parametrize(("secret", "used", "cause"), SECRETS)
def test_the_secret_as_agreed_is_no_finding(secret: str, used: Any, cause: str) -> None:
    diagnosis = diagnosed(refused(f"Bearer {hs(secret.encode())}"), by_secret(secret))
    assert not [rule for rule in rules(diagnosis) if rule.startswith("jwt/")]
    assert status(diagnosis) == "valid"


KEYS: list[Any] = [
    pytest.param(rsa_key(), rsa_key("other"), "RS256", id="RS256"),
    pytest.param(rsa_key(), rsa_key("other"), "RS512", id="RS512"),
    pytest.param(rsa_key(), rsa_key("other"), "PS256", id="PS256"),
    pytest.param(ec_key(), ec_key("other"), "ES256", id="ES256"),
    pytest.param(ed_key(), ed_key("other"), "EdDSA", id="EdDSA"),
]


@pytest.mark.parametrize(("own", "other", "alg"), KEYS)
def test_another_key_is_proven(own: Any, other: Any, alg: str) -> None:
    sent = token(other, alg)
    diagnosis = diagnosed(refused(f"Bearer {sent}"), by_pem(own), hide=(sent,))
    # An RS* signature gives back the digest to its own key, so it is not the token that changed.
    cause = "by-another-key" if alg.startswith("RS") else "not-by-this-key"
    assert outcome(diagnosis) == (f"jwt/signature-wrong-key#{cause}", "proven")
    assert status(diagnosis) == "mismatch"


@pytest.mark.parametrize(("own", "other", "alg"), KEYS)
def test_the_right_key_is_no_finding(own: Any, other: Any, alg: str) -> None:
    diagnosis = diagnosed(refused(f"Bearer {token(own, alg)}"), by_pem(own))
    assert rules(diagnosis) == {"auth/unknown"}
    assert status(diagnosis) == "valid"


@pytest.mark.parametrize(("own", "other", "alg"), KEYS)
def test_an_expired_token_says_so_before_its_key(own: Any, other: Any, alg: str) -> None:
    sent = token(other, alg, {"iat": NOW - 900, "exp": NOW - 300})
    diagnosis = diagnosed(refused(f"Bearer {sent}", says="jwt expired"), by_pem(own))
    assert outcome(diagnosis) == ("jwt/expired#expired", "proven")
    assert "jwt/signature-wrong-key" not in rules(diagnosis)


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512"])
def test_an_altered_token_is_told_from_another_key(alg: str) -> None:
    sent = edited(token(rsa_key(), alg))
    diagnosis = diagnosed(refused(f"Bearer {sent}"), by_pem(rsa_key()), hide=(sent,))
    assert outcome(diagnosis) == ("jwt/payload-altered#altered", "proven")


def test_other_key_of_the_configuration_is_named() -> None:
    keys = configured(
        jwt=[
            {"host": HOST, "key": pem(rsa_key())},
            {"host": "staging.example.com", "key": pem(rsa_key("staging"))},
        ]
    )
    diagnosis = diagnosed(refused(f"Bearer {token(rsa_key('staging'))}"), keys)
    assert outcome(diagnosis) == ("jwt/signature-wrong-key#known-key", "proven")
    found = finding(diagnosis, "jwt/signature-wrong-key")
    assert found.values["key"] == "credentials.jwt[1].key"


PUBLIC_TEXTS: list[Any] = [
    pytest.param(lambda text: text, id="exact"),
    pytest.param(lambda text: text.strip(), id="without the last line break"),
    pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
]


@pytest.mark.parametrize("used", PUBLIC_TEXTS)
def test_public_key_as_secret_is_proven(used: Any) -> None:
    text = pem(rsa_key())
    sent = hs(used(text).encode())
    diagnosis = diagnosed(refused(f"Bearer {sent}"), by_pem(rsa_key()))
    assert outcome(diagnosis) == ("jwt/public-key-as-hmac#key-as-secret", "proven")


FAMILIES: list[Any] = [
    pytest.param(hs(b"k" * 40), by_pem(rsa_key()), "secret-for-public", id="HS for RSA"),
    pytest.param(token(rsa_key()), by_secret(SECRET), "public-for-secret", id="RS for secret"),
    pytest.param(token(rsa_key()), by_pem(ec_key()), "other-kind", id="RS for EC"),
]


@pytest.mark.parametrize(("sent", "keys", "cause"), FAMILIES)
def test_algorithm_of_another_family(sent: str, keys: Keys, cause: str) -> None:
    diagnosis = diagnosed(refused(f"Bearer {sent}"), keys)
    assert outcome(diagnosis) == (f"jwt/alg-key-family#{cause}", "proven")


ALGORITHMS: list[Any] = [
    pytest.param(
        token(rsa_key(), "RS512"),
        by_pem(rsa_key(), algorithms=["RS256"]),
        "not-configured",
        id="not configured",
    ),
    pytest.param(
        hs(SECRET.encode(), "HS512", {"alg": "HS256"}), by_secret(SECRET), "mislabelled", id="HS512"
    ),
]


@pytest.mark.parametrize(("sent", "keys", "cause"), ALGORITHMS)
def test_algorithm_that_is_not_the_agreed_one(sent: str, keys: Keys, cause: str) -> None:
    diagnosis = diagnosed(refused(f"Bearer {sent}"), keys)
    assert outcome(diagnosis) == (f"jwt/alg-mismatch#{cause}", "proven")


@pytest.mark.parametrize(("alg", "expected"), [("PS256", True), ("RS256", False)])
def test_algorithm_for_which_the_key_is_not_meant(alg: str, expected: bool) -> None:
    document = {"keys": [jwk(rsa_key(), kid="1", alg="RS256")]}
    sent = token(rsa_key(), alg, header={"kid": "1"})
    diagnosis = diagnosed(
        refused(f"Bearer {sent}"), configured(jwt=[{"host": HOST, "jwks": document}])
    )
    verdict = ("jwt/alg-mismatch#other-than-the-key", "likely")
    assert (outcome(diagnosis) == verdict) == expected


def test_rs384_labelled_rs256_is_read_from_the_signature() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    signed = f"{b64url({'alg': 'RS256'})}.{b64url({'sub': 'u', 'exp': NOW + 60})}"
    made = rsa_key().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA384())
    diagnosis = diagnosed(refused(f"Bearer {signed}.{b64url(made)}"), by_pem(rsa_key()))
    assert outcome(diagnosis) == ("jwt/alg-mismatch#mislabelled", "proven")
    assert finding(diagnosis, "jwt/alg-mismatch").values["real"] == "RS384"


# -- key sets -----------------------------------------------------------------------------------


def jwks(**keys: str) -> dict[str, Any]:
    return {"keys": [jwk(rsa_key(name), kid=kid, use="sig") for kid, name in keys.items()]}


def by_jwks(**keys: str) -> Keys:
    return configured(jwt=[{"host": HOST, "jwks": jwks(**keys)}])


def test_kid_that_the_key_set_does_not_hold() -> None:
    sent = token(rsa_key("c"), header={"kid": "3"})
    diagnosis = diagnosed(refused(f"Bearer {sent}"), by_jwks(**{"1": "a", "2": "b"}))
    assert outcome(diagnosis) == ("jwt/kid-unknown#not-in-jwks", "likely")
    stated = refused(f"Bearer {sent}", says="no applicable key found")
    diagnosis = diagnosed(stated, by_jwks(**{"1": "a", "2": "b"}))
    assert outcome(diagnosis) == ("jwt/kid-unknown#not-in-jwks", "proven")


def test_kid_of_another_key() -> None:
    sent = token(rsa_key("a"), header={"kid": "3"})
    diagnosis = diagnosed(refused(f"Bearer {sent}"), by_jwks(**{"1": "a", "2": "b"}))
    assert outcome(diagnosis) == ("jwt/kid-unknown#relabelled", "likely")


@pytest.mark.parametrize(
    ("says", "certainty"), [("", "possible"), ("no applicable key found", "proven")]
)
def test_no_kid_and_several_keys(says: str, certainty: str) -> None:
    sent = refused(f"Bearer {token(rsa_key('a'))}", says=says)
    diagnosis = diagnosed(sent, by_jwks(**{"1": "a", "2": "b"}))
    assert outcome(diagnosis) == ("jwt/kid-missing#several-keys", certainty)


def test_right_kid_is_no_finding() -> None:
    sent = token(rsa_key("a"), header={"kid": "1"})
    diagnosis = diagnosed(refused(f"Bearer {sent}"), by_jwks(**{"1": "a", "2": "b"}))
    assert rules(diagnosis) == {"auth/unknown"}


ISSUER = "https://id.example.com"


def published(document: Any, number: int = 0) -> Exchange:
    return exchange(f"{ISSUER}/certs", json=document, id=f"jwks#{number}")


def issued(name: str, kid: str) -> str:
    return token(rsa_key(name), claims={"iss": ISSUER}, header={"kid": kid})


def test_observed_key_set_verifies_without_configuration() -> None:
    diagnosis = diagnosed(
        refused(f"Bearer {issued('a', '1')}"), Keys(), published(jwks(**{"1": "a"}))
    )
    assert status(diagnosis) == "valid"
    assert diagnosed(refused(f"Bearer {issued('a', '1')}"), Keys()).signatures[0].needs == (
        "credentials.jwt[0].key",
    )


def test_observed_key_set_proves_an_alteration() -> None:
    sent = edited(issued("a", "1"))
    diagnosis = diagnosed(refused(f"Bearer {sent}"), Keys(), published(jwks(**{"1": "a"})))
    assert outcome(diagnosis) == ("jwt/payload-altered#altered", "proven")
    evidence = {each.where: each.seen for each in diagnosis.findings[0].evidence}
    assert evidence["history.jwks"]["exchange"] == "jwks#0"


def test_observed_key_set_makes_another_key_likely() -> None:
    sent = token(rsa_key("b"), claims={"iss": ISSUER}, header={"kid": "1"})
    diagnosis = diagnosed(refused(f"Bearer {sent}"), Keys(), published(jwks(**{"1": "a"})))
    assert outcome(diagnosis) == ("jwt/signature-wrong-key#by-another-key", "likely")


def test_rotated_key_is_named() -> None:
    before = (published(jwks(**{"1": "a"}), 0), published(jwks(**{"2": "b"}), 1))
    diagnosis = diagnosed(refused(f"Bearer {issued('a', '1')}"), Keys(), *before)
    assert outcome(diagnosis) == ("jwt/jwks-rotated#rotated", "likely")
    assert diagnosis.findings[0].related == ("jwks#0", "jwks#1")
    cured = diagnosed(refused(f"Bearer {issued('b', '2')}"), Keys(), *before)
    assert rules(cured) == {"auth/unknown"}


# -- who may be blamed --------------------------------------------------------------------------


def test_a_key_for_any_host_proves_nothing_about_this_one() -> None:
    keys = configured(jwt=[{"secret": SECRET}])
    sent = refused(f"Bearer {hs(b'x' * 40)}")
    assert outcome(diagnosed(sent, keys))[1] == "likely"
    stated = refused(f"Bearer {hs(b'x' * 40)}", says="invalid signature")
    assert outcome(diagnosed(stated, keys)) == (
        "jwt/signature-wrong-key#not-by-this-key",
        "proven",
    )


def test_a_key_for_another_host_says_nothing() -> None:
    keys = configured(jwt=[{"host": "other.example.com", "secret": SECRET}])
    diagnosis = diagnosed(refused(f"Bearer {hs(b'x' * 40)}"), keys)
    assert rules(diagnosis) == {"auth/unknown"}
    assert status(diagnosis) == "unverifiable"


PLACES = [
    pytest.param({"Cookie": "id={}"}, id="cookie"),
    pytest.param({"X-Id-Token": "{}"}, id="another header"),
]


@pytest.mark.parametrize("header", PLACES)
def test_a_token_that_may_be_anybodys_is_not_proven_wrong(header: dict[str, str]) -> None:
    sent = {name: value.format(hs(b"x" * 40)) for name, value in header.items()}
    assert diagnosed(refused(headers=sent), by_secret(SECRET)).certainty != "proven"


def test_valid_by_the_configuration_refused_all_the_same() -> None:
    diagnosis = diagnosed(
        refused(f"Bearer {hs(SECRET.encode())}", says="signature verification failed"),
        by_secret(SECRET),
    )
    assert outcome(diagnosis) == ("jwt/signature-wrong-key#server-has-another", "likely")


def test_a_token_that_worked_is_not_called_forged() -> None:
    sent = hs(b"x" * 40)
    worked = refused(f"Bearer {sent}", status=200, challenge="")
    diagnosis = diagnosed(refused(f"Bearer {sent}"), by_secret(SECRET), worked)
    assert not [rule for rule in rules(diagnosis) if rule.startswith("jwt/")]


@settings(max_examples=120, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["HS256", "RS256", "PS384", "ES256"]))
def test_a_token_signed_right_is_never_proven_wrong(rng: random.Random, alg: str) -> None:
    secret = "".join(rng.choices("abcdefABCDEF0123456789+/=-_ \n\"'%$\\", k=rng.randint(32, 60)))
    private: Any = {"HS": secret, "RS": rsa_key(), "PS": rsa_key(), "ES": ec_key()}[alg[:2]]
    claims = {f"c{n}": rng.choice(["x", 1, True, None, "é"]) for n in range(rng.randint(0, 4))}
    sent = hs(secret.encode(), alg) if alg == "HS256" else token(private, alg, claims)
    entry = {"secret": secret} if alg == "HS256" else {"key": pem(private)}
    others = [{"host": "*", "key": pem(rsa_key("other"))}, {"host": "b.com", "secret": "s" * 40}]
    listed = [{"host": HOST, **entry}, *others]
    rng.shuffle(listed)
    parts = rng.choice([{}, {"status": 403}, {"says": "invalid signature"}, {"says": "denied"}])
    diagnosis = diagnosed(refused(f"Bearer {sent}", **parts), configured(jwt=listed))
    assert diagnosis.certainty != "proven" or diagnosis.verdict.startswith("auth/unknown")
    assert status(diagnosis) == "valid"


def test_nothing_that_is_shown_holds_a_signature() -> None:
    sent = token(rsa_key("other"))
    diagnosis = diagnosed(
        refused(f"Bearer {sent}"), by_pem(rsa_key()), hide=(sent.rpartition(".")[2],)
    )
    assert diagnosis.signatures[0].sent is None
    assert hashlib.sha256(sent.encode()).hexdigest()


def test_an_entry_that_names_no_algorithm_takes_any_of_its_key() -> None:
    entries = [
        {"host": HOST, "key": pem(rsa_key()), "algorithms": ["RS256"]},
        {"host": HOST, "secret": SECRET},
    ]
    diagnosis = diagnosed(refused(f"Bearer {hs(SECRET.encode())}"), configured(jwt=entries))
    assert status(diagnosis) == "valid"
    assert "jwt/alg-mismatch" not in rules(diagnosis)
