import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.basic import Basic, decode_basic, other_spellings


def b64(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


CASES = [
    pytest.param("QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ("Aladdin", "open sesame", "ascii"), (), id="RFC"),
    pytest.param("dGVzdDoxMjPCow==", ("test", "123£", "utf-8"), (), id="RFC 7617 2.1 UTF-8"),
    pytest.param(b64("tést:x", "latin-1"), ("tést", "x", "latin-1"), (), id="Latin-1"),
    pytest.param(
        "dXNlcm5hbWU6cGFzc3dvcmQ=",
        ("username", "password", "ascii"),
        ("placeholder-creds",),
        id="sample",
    ),
    pytest.param(b64("a:b:c"), ("a", "b:c", "ascii"), (), id="colon in the password"),
    pytest.param(b64("a:b\n"), ("a", "b\n", "ascii"), ("trailing-newline",), id="echo without -n"),
    pytest.param(b64("sk_x:"), ("sk_x", "", "ascii"), ("empty-part",), id="token as user"),
    pytest.param(b64(":"), ("", "", "ascii"), ("empty-part", "placeholder-creds"), id="colon"),
    pytest.param(b64("alone"), (None, None, "ascii"), ("no-colon",), id="no colon"),
    pytest.param("alice:s3cret", ("alice", "s3cret", "ascii"), ("not-encoded",), id="in clear"),
    pytest.param("YTpiYg", ("a", "bb", "ascii"), ("missing-padding",), id="no padding"),
    pytest.param("YTo_Pz8=", ("a", "???", "ascii"), ("url-safe-alphabet",), id="url-safe"),
    pytest.param("YTpi YmM=", ("a", "bbc", "ascii"), ("wrapped",), id="blank inside"),
    pytest.param("YTo\u20ac", (None, None, "ascii"), ("bad-base64",), id="foreign character"),
    pytest.param("", (None, None, "ascii"), ("bad-base64",), id="empty"),
    pytest.param("A", (None, None, "ascii"), ("bad-base64",), id="one letter"),
    pytest.param(b64("a:b\x00"), ("a", "b\x00", "ascii"), ("control-character",), id="NUL"),
    pytest.param(b64("e\u0301:x"), ("e\u0301", "x", "utf-8"), ("not-nfc",), id="NFD"),
    pytest.param("A" * 70_000, (None, None, "ascii"), ("too-large",), id="huge"),
]


@pytest.mark.parametrize(("token68", "expected", "problems"), CASES)
def test_decode(token68: str, expected: object, problems: tuple[str, ...]) -> None:
    found = decode_basic(token68)
    assert (found.user, found.password, found.encoding) == expected
    assert found.problems == problems


@given(
    st.text(st.characters(codec="utf-8", exclude_characters=":"), min_size=1), st.text(min_size=1)
)
def test_what_was_encoded_comes_back(user: str, password: str) -> None:
    text = f"{user}:{password}"
    found = decode_basic(base64.b64encode(text.encode("utf-8", "ignore")).decode())
    assert isinstance(found, Basic)
    if text.isascii():
        assert (found.user, found.password) == (user, password)


@given(st.text())
def test_any_text(text: str) -> None:
    decode_basic(text)


@pytest.mark.parametrize(
    ("sent", "others"),
    [
        pytest.param(b64("tést:x"), {b64("tést:x", "latin-1"), b64("te\u0301st:x")}, id="UTF-8"),
        pytest.param(b64("tést:x", "latin-1"), {b64("tést:x"), b64("te\u0301st:x")}, id="Latin-1"),
        pytest.param(b64("test:x"), set(), id="ASCII"),
        pytest.param(b64("no colon é"), set(), id="no pair"),
    ],
)
def test_other_spellings(sent: str, others: set[str]) -> None:
    assert set(other_spellings(decode_basic(sent))) == others


@given(st.text(max_size=40))
def test_no_spelling_is_its_own(text: str) -> None:
    sent = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    assert sent not in other_spellings(decode_basic(sent))
    other_spellings(decode_basic(text))
