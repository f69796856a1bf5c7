import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.certificates import private_pem
from tests.unit.detectors.diagnosed import jwt

from why401.report.redaction.looks import looks_secret, may_name_secret


def mask(kind: str, secret: str) -> str:
    return f"<{kind}>"


def same(text: str) -> str:
    return text


PEM = private_pem(ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Bearer abcdef123456789", "Bearer <token>", id="bearer in text"),
        pytest.param("Basic%20YWxpY2U6cHctMQ==", "Basic%20<token>", id="in a URL"),
        pytest.param("use Bearer authentication-schemes", None, id="no digit: words"),
        pytest.param("Bearer short1", None, id="too short"),
        pytest.param("ghp_" + "a1" * 18, "<api-key>", id="a vendor's key"),
        pytest.param("graph_" + "a1" * 18, None, id="another prefix"),
        pytest.param(PEM, "<private-key>\n", id="private key"),
        pytest.param(PEM.replace("\n", "\\n"), "<private-key>\\n", id="private key in JSON"),
        pytest.param("nothing to see", None, id="plain"),
    ],
)
def test_looks(text: str, expected: str | None) -> None:
    assert looks_secret(f"> {text}", mask, same) == f"> {text if expected is None else expected}"


def test_a_jwt_loses_its_signature_wherever_it_stands() -> None:
    def placeholder(kind: str, secret: str) -> str:
        return f"[redacted:{kind}:0123abcd]"

    head, claims, _ = jwt({"exp": 1}).split(".")
    found = looks_secret(f"the token {jwt({'exp': 1})} was refused", placeholder, same)
    assert found == f"the token {head}.{claims}.[redacted:signature:0123abcd] was refused"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("checkout.har", False, id="word"),
        pytest.param("www.example.com_Archive [26-11-20 10-20-30].har", False, id="browser's"),
        pytest.param("flows-20261120T102030Z.mitm", False, id="date"),
        pytest.param("login-13800000000.har", True, id="phone"),
        pytest.param("5f727495cc7f94dfbe0ad3651dda2ea0.har", True, id="key"),
    ],
)
def test_names_of_files_that_need_a_look(name: str, expected: bool) -> None:
    assert may_name_secret(name) is expected
