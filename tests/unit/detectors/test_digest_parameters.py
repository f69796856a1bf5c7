from typing import Any

import pytest
from tests.unit.detectors.diagnosed import diagnosed, outcome, refused, rules

CHALLENGE = 'Digest realm="Archive", qop="auth", algorithm=SHA-256, nonce="new"'
RIGHT = {
    "username": '"alice"',
    "realm": '"Archive"',
    "nonce": '"old"',
    "uri": '"/orders"',
    "qop": "auth",
    "nc": "00000001",
    "cnonce": '"c"',
    "algorithm": "SHA-256",
    "response": '"' + "0f" * 32 + '"',
}


def digest(**changed: str | None) -> str:
    """Return a Digest Authorization that fits the challenge but for what is changed."""
    fields = {name: value for name, value in {**RIGHT, **changed}.items() if value is not None}
    return "Digest " + ", ".join(f"{name}={value}" for name, value in fields.items())


FIRING: list[Any] = [
    pytest.param({"nc": "1"}, "nc-format#format", id="short nc"),
    pytest.param({"nc": '"00000001"'}, "nc-format#format", id="quoted nc"),
    pytest.param({"uri": '"/other"'}, "uri-mismatch#other-target", id="uri"),
    pytest.param({"qop": "auth-int"}, "qop-mismatch#not-offered", id="qop"),
    pytest.param({"cnonce": None}, "qop-mismatch#no-cnonce", id="cnonce"),
    pytest.param({"algorithm": "MD5"}, "algorithm-mismatch#not-offered", id="algorithm"),
    pytest.param({"response": '"0f"'}, "algorithm-mismatch#length", id="length"),
    pytest.param({"realm": '"archive"'}, "realm-mismatch#other-realm", id="realm"),
]


@pytest.mark.parametrize(("changed", "verdict"), FIRING)
def test_parameter_that_cannot_be_right(changed: dict[str, str | None], verdict: str) -> None:
    diagnosis = diagnosed(refused(digest(**changed), challenge=CHALLENGE), "0f" * 32)
    assert outcome(diagnosis) == (f"digest/{verdict}", "likely")


def test_sound_parameters_leave_the_password() -> None:
    diagnosis = diagnosed(refused(digest(), challenge=CHALLENGE), "0f" * 32)
    assert outcome(diagnosis) == ("digest/wrong-password#wrong", "possible")


def test_absolute_uri_is_the_same_target() -> None:
    sent = refused(digest(uri='"https://api.example.com/orders"'), challenge=CHALLENGE)
    assert rules(diagnosed(sent)) == {"digest/wrong-password"}


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        # java.net.HttpURLConnection through a proxy, at a server made with passport-http.
        pytest.param(
            "http://api.example.com/orders",
            ("digest/uri-mismatch#absolute", "possible"),
            id="absolute",
        ),
        pytest.param("/other", ("digest/uri-mismatch#other-target", "likely"), id="another"),
        pytest.param("/orders", (None, None), id="cured: some other 400"),
    ],
)
def test_a_digest_that_is_called_malformed(uri: str, told: tuple[str | None, str | None]) -> None:
    sent = refused(digest(uri=f'"{uri}"'), challenge="", status=400)
    assert outcome(diagnosed(sent, "0f" * 32)) == told


@pytest.mark.parametrize(
    ("says", "verdict"),
    [
        pytest.param("Bad Request", "digest/uri-mismatch#other-target", id="of the request"),
        pytest.param("field name is required", None, id="of what it holds"),
    ],
)
def test_a_400_that_tells_another_reason(says: str, verdict: str | None) -> None:
    sent = refused(digest(uri='"/other"'), challenge="", status=400, says=says)
    assert diagnosed(sent).verdict == verdict


def test_stale_nonce_is_no_defect() -> None:
    diagnosis = diagnosed(refused(digest(nc="1"), challenge=CHALLENGE + ", stale=true"))
    assert rules(diagnosis) == {"digest/stale-nonce"}
