"""A request in the pieces that signers put together."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.exchanges import exchange

from why401.case import Case
from why401.model import Body
from why401.signatures.sent_request import canonical_query, decoded_pairs, encoded, sent_request


def test_query_is_encoded_and_sorted() -> None:
    assert canonical_query(decoded_pairs("b=2&a=x%20y&a=1&c")) == "a=1&a=x%20y&b=2&c="


def test_host_of_http_2_is_known() -> None:
    sent = sent_request(Case(exchange("https://a.example:8443/x")))
    assert sent is not None
    assert sent.value("host") == "a.example:8443"


def test_a_body_that_was_altered_is_no_body() -> None:
    made = exchange("https://a.example/")
    inexact = msgspec.structs.replace(made.request, body=Body(b"x", is_exact=False))
    assert sent_request(Case(msgspec.structs.replace(made, request=inexact))) is None


@given(st.text(max_size=200))
def test_no_query_makes_it_fail(query: str) -> None:
    canonical_query(decoded_pairs(query))
    encoded(query)
