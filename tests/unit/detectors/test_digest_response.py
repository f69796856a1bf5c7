import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import finding, outcome, refused, rules
from tests.unit.detectors.digests import KEYS, PASSWORD, RIGHT, challenge, header
from tests.unit.detectors.keyed import HOST, configured, diagnosed, status

from why401.credentials.digest_hash import ALGORITHMS, TRUNCATED, DigestParts, user_hash
from why401.keys import Keys
from why401.model import Diagnosis, Exchange


def judged(
    stated: DigestParts,
    hashed: DigestParts,
    keys: Keys = KEYS,
    before: tuple[Exchange, ...] = (),
    **parts: Any,
) -> Diagnosis:
    """Return the diagnosis of a refused request that states one thing and hashed another."""
    response = parts.pop("response", hashed.response())
    sent = header(stated, response, **parts.pop("extra", {"opaque": '"o"'}))
    parts.setdefault("challenge", challenge(stated))
    parts.setdefault("url", f"https://{HOST}/orders?page=2")
    made: Diagnosis = diagnosed(refused(sent, **parts), keys, *before, hide=(response or "",))
    return made


BODY = b'{"a": 1}'
FIRING: list[Any] = [
    pytest.param({"method": "POST"}, {}, "method-mismatch#other-method", id="method"),
    pytest.param({"uri": "/orders"}, {}, "uri-mismatch#hashed-another", id="query left out"),
    pytest.param({"realm": "archive"}, {}, "wrong-password#not-this-password", id="any realm"),
    pytest.param({"nonce": "new"}, {}, "nonce-mismatch#hashed-another", id="nonce"),
    pytest.param({"qop": None}, {}, "variant-mismatch#no-qop", id="RFC 2069"),
    pytest.param({"cnonce": ""}, {}, "variant-mismatch#no-cnonce", id="cnonce"),
    pytest.param({"nc": "1"}, {}, "nc-format#hashed-another", id="nc"),
    pytest.param({"algorithm": "MD5"}, {}, "algorithm-mismatch#hashed-another", id="MD5"),
    pytest.param(
        {"algorithm": "SHA-256-sess"}, {}, "variant-mismatch#session", id="session unsaid"
    ),
    pytest.param(
        {"algorithm": "SHA-256"},
        {"algorithm": "SHA-256-sess"},
        "variant-mismatch#no-session",
        id="session not hashed",
    ),
    pytest.param(
        {"algorithm": TRUNCATED},
        {"algorithm": "SHA-512-256"},
        "variant-mismatch#truncated",
        id="truncated SHA-512",
    ),
    pytest.param(
        {"body": b""}, {"qop": "auth-int", "body": BODY}, "variant-mismatch#body-left-out", id="int"
    ),
    pytest.param({"realm": '"Archive"'}, {}, "variant-mismatch#quotes", id="quotes"),
    pytest.param({"password": PASSWORD + "\n"}, {}, "wrong-password#newline", id="newline"),
    pytest.param({"password": ""}, {}, "wrong-password#empty", id="empty"),
    pytest.param({"password": "b0b's own"}, {}, "wrong-password#of-another-account", id="bob's"),
    pytest.param({"password": "x"}, {}, "wrong-password#not-this-password", id="another"),
    pytest.param({"user": "ALICE"}, {}, "wrong-password#user-spelt-otherwise", id="upper"),
]


@pytest.mark.parametrize(("hashed", "stated", "verdict"), FIRING)
def test_the_wrong_part_is_proven(
    hashed: dict[str, Any], stated: dict[str, Any], verdict: str
) -> None:
    sent = replace(RIGHT, **stated)
    diagnosis = judged(sent, replace(sent, **hashed), body=sent.body)
    assert outcome(diagnosis) == (f"digest/{verdict}", "proven")
    assert status(diagnosis) == "mismatch"


@pytest.mark.parametrize(("hashed", "stated", "verdict"), FIRING)
def test_cured(hashed: dict[str, Any], stated: dict[str, Any], verdict: str) -> None:
    sent = replace(RIGHT, **stated)
    diagnosis = judged(sent, sent, body=sent.body)
    assert outcome(diagnosis) == ("digest/wrong-password#server-has-another", "likely")
    assert status(diagnosis) == "valid"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("qop", ["auth", "auth-int", None])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_every_algorithm_is_recomputed(algorithm: str, qop: str | None, encoding: str) -> None:
    sent = replace(RIGHT, algorithm=algorithm, qop=qop, encoding=encoding, body=BODY)
    diagnosis = judged(sent, sent, body=BODY)
    assert status(diagnosis) == "valid"
    assert diagnosis.certainty != "proven"


def test_password_of_a_user_that_is_not_configured() -> None:
    sent = replace(RIGHT, user="alicia")
    diagnosis = judged(sent, sent)
    assert outcome(diagnosis) == ("digest/wrong-password#wrong-user", "proven")
    assert diagnosis.findings[0].values["sent"] == "alicia"
    stranger = replace(RIGHT, user="carol")
    assert judged(stranger, replace(stranger, password="x")).certainty == "possible"


def test_hashed_user_name_is_recognised() -> None:
    name = user_hash("SHA-256", "alice", "Archive") or ""
    sent = replace(RIGHT, user=name)
    takes = challenge(sent, ", userhash=true")
    extra = {"userhash": "true", "opaque": '"o"'}
    right = judged(sent, RIGHT, extra=extra, challenge=takes)
    assert status(right) == "valid"
    wrong = judged(sent, sent, extra=extra, challenge=takes)
    assert outcome(wrong) == ("digest/userhash#hash-in-key", "proven")
    unasked = judged(sent, RIGHT, extra=extra)
    assert finding(unasked, "digest/userhash").causes[0].id == "not-offered"


def test_stale_nonce_is_never_a_wrong_password() -> None:
    diagnosis = judged(
        RIGHT, replace(RIGHT, password="x"), challenge=challenge(extra=", stale=true")
    )
    assert rules(diagnosis) == {"digest/stale-nonce"}


def test_without_an_account_nothing_is_proven() -> None:
    diagnosis = judged(RIGHT, replace(RIGHT, password="x"), Keys())
    assert outcome(diagnosis) == ("digest/wrong-password#wrong", "possible")
    assert diagnosis.signatures[0].needs == ("credentials.basic[0].password",)


def test_an_account_for_any_host_proves_nothing_about_this_one() -> None:
    keys = configured(basic=[{"host": "*", "username": "alice", "password": "0ther pw"}])
    assert judged(RIGHT, RIGHT, keys).certainty == "likely"


def test_session_nonces_of_earlier_requests_are_used() -> None:
    first = replace(RIGHT, algorithm="MD5-sess")
    worked = exchange(
        f"https://{HOST}/orders?page=2",
        headers={"Authorization": header(first, first.response(), opaque='"o"')},
        id="first",
    )
    later = replace(first, nc="00000002", cnonce="later", session=(first.nonce, first.cnonce))
    assert status(judged(later, later, before=(worked,))) == "valid"


def test_session_that_was_not_seen_proves_no_password() -> None:
    later = replace(RIGHT, algorithm="MD5-sess", session=("unseen", "unseen"))
    assert judged(later, later).certainty == "likely"


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_is_computed_right_is_never_proven_wrong(rng: random.Random) -> None:
    def text(size: int) -> str:
        return "".join(rng.choices("abcXYZ0189 :;,/+=-_.~äß漢", k=rng.randint(1, size)))

    sent = DigestParts(
        rng.choice(ALGORITHMS), text(8), text(8), "p§w" + text(10), text(20).strip() or "n",
        rng.choice(["GET", "POST", "DELETE"]), "/" + rng.choice(["a", "a?b=c", "%7Ex/", ""]),
        rng.choice(["auth", "auth-int", None]), f"{rng.randint(1, 999):08x}", "cnonce",
        rng.choice([b"", b"body"]),
    )  # fmt: skip
    keys = configured(basic=[{"host": HOST, "username": sent.user, "password": sent.password}])
    diagnosis = diagnosed(
        refused(
            header(sent, sent.response(), opaque='"o"'),
            challenge=rng.choice([challenge(sent), challenge(), 'Digest realm="x"', ""]),
            url=f"https://{HOST}{sent.uri}",
            method=sent.method,
            body=sent.body,
        ),
        keys,
    )
    assert diagnosis.certainty != "proven" or diagnosis.verdict.startswith("auth/unknown")
    assert status(diagnosis) == "valid"


def test_a_uri_that_is_all_that_is_wrong() -> None:
    stated = replace(RIGHT, uri="/basket")
    diagnosis = judged(stated, stated)
    assert (diagnosis.verdict, diagnosis.certainty) == (
        "digest/uri-mismatch#other-target",
        "proven",
    )
    assert status(diagnosis) == "valid"


def test_a_uri_beside_another_defect_is_likely() -> None:
    stated = replace(RIGHT, uri="/basket")
    diagnosis = judged(stated, stated, challenge=challenge(replace(RIGHT, realm="elsewhere")))
    assert diagnosis.certainty == "likely"
