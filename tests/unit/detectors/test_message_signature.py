import base64
import hashlib
from typing import Any
from urllib.parse import quote

import pytest
from tests.exchanges import AT_S, exchange, http_date
from tests.unit.detectors.diagnosed import diagnosed, finding, rules

from why401.model import Diagnosis

NOW = int(AT_S)
FORM = "application/x-www-form-urlencoded"
BODY = b'{"hello": "world"}'


def digest(data: bytes, name: str = "sha256") -> str:
    return base64.b64encode(hashlib.new(name, data).digest()).decode()


def judged(headers: dict[str, str], body: bytes = BODY, text: str = "") -> Diagnosis:
    made = exchange(
        "https://api.example.com/inbox",
        method="POST",
        headers=headers,
        body=body,
        status=401,
        response_headers={"Date": http_date(AT_S)},
        response_body=text.encode(),
    )
    return diagnosed(made)


def rfc_9421(**changed: Any) -> dict[str, str]:
    parts = {
        "digest": f"sha-256=:{digest(BODY)}:",
        "covers": '"@method" "@target-uri" "content-digest"',
        "params": f";created={NOW - 5};keyid=k",
        "label": "sig1",
        **changed,
    }
    return {
        "Content-Digest": parts["digest"],
        "Signature-Input": f"sig1=({parts['covers']}){parts['params']}",
        "Signature": f"{parts['label']}=:AAAA:",
    }


def draft(headers: str = "(request-target) date digest", **changed: str) -> dict[str, str]:
    return {
        "Authorization": f'Signature keyId="k",headers="{headers}",signature="AA=="',
        "Date": http_date(AT_S),
        "Digest": f"SHA-256={digest(BODY)}",
        **changed,
    }


def oauth1(timestamp: str, **more: str) -> dict[str, str]:
    pairs = {
        "oauth_consumer_key": "k",
        "oauth_timestamp": timestamp,
        "oauth_signature": "s",
        **more,
    }
    return {"Authorization": "OAuth " + ", ".join(f'{k}="{v}"' for k, v in pairs.items())}


FIRING: list[Any] = [
    pytest.param(
        rfc_9421(digest=f"sha-256=:{digest(b'x')}:"), "content-digest#other-body", id="9530"
    ),
    pytest.param(draft(Digest=f"SHA-256={digest(b'x')}"), "content-digest#other-body", id="Digest"),
    pytest.param(
        oauth1(str(NOW), oauth_body_hash=digest(b"x"), oauth_signature_method="RSA-SHA256"),
        "content-digest#other-body",
        id="body hash of OAuth",
    ),
    pytest.param(
        rfc_9421(covers='"@method" "x-tenant"'), "covered-field#not-sent", id="covered field"
    ),
    pytest.param(
        rfc_9421(covers='"x-tenant";key="tr"'), "covered-field#not-sent", id="a member of a field"
    ),
    pytest.param(rfc_9421(label="other"), "covered-field#label", id="label"),
    pytest.param(draft("date x-tenant"), "covered-field#not-sent", id="draft's field"),
    pytest.param(rfc_9421(params=f";created={NOW - 900}"), "message-time#too-old", id="created"),
    pytest.param(
        rfc_9421(params=f";created={NOW + 900}"), "message-time#in-the-future", id="ahead"
    ),
    pytest.param(
        rfc_9421(params=f";created={NOW - 9};expires={NOW - 1}"),
        "message-time#expired",
        id="expires",
    ),
    pytest.param(oauth1(str(NOW - 900)), "oauth1-timestamp#too-old", id="OAuth old"),
    pytest.param(oauth1(str(NOW + 900)), "oauth1-timestamp#in-the-future", id="OAuth ahead"),
    pytest.param(oauth1(f"{NOW}000"), "oauth1-timestamp#milliseconds", id="OAuth ms"),
    pytest.param(oauth1("today"), "oauth1-timestamp#format", id="OAuth text"),
    pytest.param(oauth1("²" * 10), "oauth1-timestamp#format", id="OAuth digits of no number"),
]


@pytest.mark.parametrize(("headers", "verdict"), FIRING)
def test_signature_that_does_not_fit_its_message(headers: dict[str, str], verdict: str) -> None:
    rule, _, cause = verdict.partition("#")
    found = finding(judged(headers), f"signature/{rule}")
    assert (found.causes[0].id, found.causes[0].certainty) == (cause, "likely")


CURED: list[Any] = [
    pytest.param(rfc_9421(), id="RFC 9421"),
    pytest.param(rfc_9421(digest=f"sha-512=:{digest(BODY, 'sha512')}:"), id="SHA-512"),
    pytest.param(draft(), id="draft"),
    pytest.param(
        rfc_9421(covers='"@query-param";name="Pet" "content-digest";sf "@method";req'),
        id="parameters of components are no fields",
    ),
    pytest.param(rfc_9421(covers='"x-checksum";tr "x-other";bs;req'), id="fields elsewhere"),
    pytest.param(oauth1(str(NOW - 20)), id="OAuth"),
    pytest.param(
        oauth1(
            str(NOW),
            oauth_body_hash=quote(digest(BODY), safe=""),
            oauth_signature_method="HMAC-SHA256",
        ),
        id="OAuth's body hash, encoded",
    ),
    pytest.param(
        {**oauth1(str(NOW), oauth_body_hash=digest(b"")), "Content-Type": FORM},
        id="a form needs no body hash",
    ),
    pytest.param({"Content-Digest": "sha-256=:AAAAAAAAAAAA:"}, id="no signature at all"),
]


@pytest.mark.parametrize("headers", CURED)
def test_sound_signature(headers: dict[str, str]) -> None:
    assert not [rule for rule in rules(judged(headers)) if rule.startswith("signature/")]


def test_words_about_the_digest_prove_it() -> None:
    headers = draft(Digest=f"SHA-256={digest(b'x')}")
    found = finding(judged(headers, text="digest mismatch"), "signature/content-digest")
    assert found.causes[0].certainty == "proven"
