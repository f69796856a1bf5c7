"""Signatures as sent: whatever stands there is read without an exception."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from why401.signatures.multipart import parse_multipart
from why401.signatures.sent_signature import read_rsa_signature, shortened
from why401.signatures.server_saw import server_saw
from why401.signatures.v2_sign import read_v2_sign
from why401.signatures.v3_message import V3Message

RAW = bytes(range(256))
TEXT = base64.b64encode(RAW).decode()
FORMS = [
    (TEXT, ()),
    (RAW.hex(), ("sig-hex",)),
    (base64.urlsafe_b64encode(RAW).decode(), ("sig-base64url",)),
    (TEXT.rstrip("="), ("sig-base64url",)),
    (TEXT.replace("+", " "), ("sig-plus-lost",)),
    ("\n".join(TEXT[i : i + 76] for i in range(0, 344, 76)), ("sig-wrapped",)),
    (TEXT + "%", ("sig-trailing",)),
]


@pytest.mark.parametrize(("text", "forms"), FORMS)
def test_forms_are_mended_and_named(text: str, forms: tuple[str, ...]) -> None:
    found = read_rsa_signature(text)
    assert found.forms == forms
    assert found.data == RAW


@settings(deadline=None)
@given(st.text(max_size=400))
def test_no_text_breaks_a_reader(text: str) -> None:
    assert isinstance(read_rsa_signature(text).forms, tuple)
    assert isinstance(read_v2_sign(text).forms, tuple)
    assert len(shortened(text)) <= 24


JSON = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=20)),
    lambda inner: st.dictionaries(
        st.sampled_from(
            [
                "detail",
                "sign_information",
                "method",
                "url",
                "sign_message_length",
                "truncated_sign_message",
            ]
        ),
        inner,
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON)
def test_no_answer_breaks_the_view_of_the_server(value: object) -> None:
    sent = V3Message(b"GET", b"/", b"1", b"n", b"")
    found = server_saw(value, sent)
    assert found is None or found.body_length >= 0


@settings(deadline=None)
@given(st.text(max_size=60), st.binary(max_size=200))
def test_no_body_breaks_multipart(content_type: str, body: bytes) -> None:
    parse_multipart(content_type, body)
    parse_multipart("multipart/form-data; boundary=b", body)
    parse_multipart("multipart/form-data; boundary=b", b"--b\r\n" + body + b"\r\n--b--")
