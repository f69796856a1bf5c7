"""Signatures in the shape of AWS's, in the header and in presigned URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.signed_headers import (
    MAX_HEADERS,
    SCHEMES,
    from_header,
    from_query,
    time_of,
)

AT_S = 1795132800.0
PARAMETERS = "SignedHeaders=host;x-amz-date, Signature=abcd"
SCOPE = "20261120/eu-west-1/s3/aws4_request"

TIMES = [
    pytest.param("20261120T000000Z", AT_S, id="basic form"),
    pytest.param("2026-11-20T00:00:00Z", AT_S, id="extended form"),
    pytest.param("2026-11-20T00:00:00.123Z", AT_S, id="fractions"),
    pytest.param("1795132800", AT_S, id="Unix seconds"),
    pytest.param(" 20261120T000000Z ", AT_S, id="blanks around"),
    pytest.param("1795132800000", None, id="milliseconds"),
    pytest.param("20261320T000000Z", None, id="month 13"),
    pytest.param("20261120T000000+0100", None, id="not UTC"),
    pytest.param("Fri, 20 Nov 2026 00:00:00 GMT", None, id="HTTP date"),
    pytest.param("", None, id="empty"),
    pytest.param(None, None, id="not sent"),
]


@pytest.mark.parametrize(("text", "at_s"), TIMES)
def test_the_signing_time_is_read_in_each_form(text: str | None, at_s: float | None) -> None:
    assert time_of(text) == at_s


HEADERS = [
    pytest.param(
        "AWS4-HMAC-SHA256", f"Credential=AKID/{SCOPE}, {PARAMETERS}", "x-amz-date", "AWS4",
        ("20261120", "eu-west-1", "s3", "aws4_request"), id="AWS",
    ),
    pytest.param(
        "aws4-hmac-sha256", f"Credential=AKID/{SCOPE},{PARAMETERS.replace(', ', ',')}", "date",
        "AWS4", ("20261120", "eu-west-1", "s3", "aws4_request"), id="AWS without blanks",
    ),
    pytest.param(
        "TC3-HMAC-SHA256", f"Credential=AKID/2026-11-20/cvm/tc3_request, {PARAMETERS}",
        "x-tc-timestamp", "TC3", ("2026-11-20", "cvm", "tc3_request"), id="Tencent",
    ),
    pytest.param(
        "ACS3-HMAC-SHA256", f"Credential=AKID,{PARAMETERS}", "x-acs-date", "ACS3", (),
        id="Alibaba",
    ),
    pytest.param(
        "SDK-HMAC-SHA256", f"Access=AKID, {PARAMETERS}", "x-sdk-date", "SDK", (), id="Huawei"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "credential", "date_name", "name", "scope"), HEADERS)
def test_a_header_says_what_was_signed(
    scheme: str, credential: str, date_name: str, name: str, scope: tuple[str, ...]
) -> None:
    hash_name = SCHEMES[scheme.lower()][2] or "x-hash"
    fields = [(date_name, "20261120T000000Z"), (hash_name, "e3b0"), ("host", "h")]
    found = from_header(scheme, credential, fields)
    assert found is not None
    assert (found.name, found.key_id, found.scope, found.missing) == (name, "AKID", scope, ())
    assert found.headers == ("host", "x-amz-date")
    assert found.at_s == AT_S
    assert found.payload_hash == (None if name == "TC3" else "e3b0")


MISSING = [
    pytest.param("AWS4-HMAC-SHA256", PARAMETERS, ("Credential",), id="Credential"),
    pytest.param("SDK-HMAC-SHA256", PARAMETERS, ("Access",), id="Access of Huawei"),
    pytest.param(
        "AWS4-HMAC-SHA256", "Credential=A/B", ("SignedHeaders", "Signature"), id="the others"
    ),
    pytest.param(
        "AWS4-HMAC-SHA256", f"Credential=/{SCOPE}, {PARAMETERS}", ("Credential",), id="no key id"
    ),
    pytest.param("AWS4-HMAC-SHA256", "", ("Credential", "SignedHeaders", "Signature"), id="all"),
    pytest.param(
        "AWS4-HMAC-SHA256", f"Credential=A/B&{PARAMETERS.replace(', ', '&')}", (),
        id="none, joined as in a query",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "credential", "missing"), MISSING)
def test_what_is_not_there_is_named(scheme: str, credential: str, missing: tuple[str, ...]) -> None:
    found = from_header(scheme, credential, [])
    assert found is not None
    assert found.missing == missing


def test_the_first_date_of_several_counts_and_the_scheme_s_own_comes_first() -> None:
    fields = [("date", "x"), ("x-amz-date", "20261120T000000Z"), ("x-amz-date", "later")]
    found = from_header("AWS4-HMAC-SHA256", f"Credential=A/B, {PARAMETERS}", fields)
    assert found is not None
    assert found.date == "20261120T000000Z"


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "AWS4", "AWS"])
def test_another_scheme_is_none_of_these(scheme: str) -> None:
    assert from_header(scheme, PARAMETERS, []) is None


def test_signed_headers_are_bounded() -> None:
    credential = f"Credential=A/B, SignedHeaders={';'.join('h' * 9 for _ in range(500))}"
    found = from_header("AWS4-HMAC-SHA256", credential, [])
    assert found is not None
    assert len(found.headers) <= MAX_HEADERS


PRESIGNED = (
    ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
    ("X-Amz-Credential", f"AKID/{SCOPE}"),
    ("X-Amz-Date", "20261120T000000Z"),
    ("X-Amz-Expires", "300"),
    ("X-Amz-SignedHeaders", "host"),
    ("X-Amz-Signature", "abcd"),
)


def test_a_presigned_url_says_the_same_in_its_query() -> None:
    found = from_query(PRESIGNED)
    assert found is not None
    assert (found.key_id, found.headers, found.missing) == ("AKID", ("host",), ())
    assert (found.at_s, found.expires_s) == (AT_S, 300.0)
    assert found.where == "request.query.x-amz-signature"


@pytest.mark.parametrize("left_out", [name for name, _ in PRESIGNED])
def test_what_a_presigned_url_lacks_is_named(left_out: str) -> None:
    found = from_query([pair for pair in PRESIGNED if pair[0] != left_out])
    assert found is not None
    assert found.missing == (left_out.removeprefix("X-Amz-"),)


EXPIRES = [
    pytest.param("604800", 604800.0, id="a week"),
    pytest.param("-1", None, id="negative"),
    pytest.param("9" * 400, None, id="without end"),
    pytest.param("soon", None, id="a word"),
    pytest.param("²", None, id="a digit that is no number"),
]


@pytest.mark.parametrize(("text", "expires_s"), EXPIRES)
def test_a_life_is_seconds_or_nothing(text: str, expires_s: float | None) -> None:
    others = [pair for pair in PRESIGNED if pair[0] != "X-Amz-Expires"]
    found = from_query([*others, ("x-amz-expires", text)])
    assert found is not None
    assert found.expires_s == expires_s


def test_another_url_is_not_presigned() -> None:
    assert from_query([("X-Amz-Date", "20261120T000000Z"), ("signature", "abcd")]) is None


@given(
    st.sampled_from(sorted(SCHEMES)),
    st.text(max_size=80),
    st.lists(st.tuples(st.sampled_from(["x-amz-date", "x-date", "date"]), st.text(max_size=20))),
)
def test_any_text_is_read(scheme: str, credential: str, fields: list[tuple[str, str]]) -> None:
    found = from_header(scheme, credential, fields)
    assert found is not None
    assert isinstance(found.at_s, float | None)


@given(st.lists(st.tuples(st.sampled_from([n for n, _ in PRESIGNED]), st.text(max_size=30))))
def test_any_query_is_read(query: list[tuple[str, str]]) -> None:
    found = from_query(query)
    assert found is None or (found.expires_s or 0) >= 0
