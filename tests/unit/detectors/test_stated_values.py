"""Values that servers name when they refuse a token."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchanges import exchange

from why401.case import Case
from why401.detectors.stated_values import Agreement, Stated, stated_expiry_s, stated_values


def said(text: str) -> Case:
    return Case(exchange("https://a.example/", status=401, json={"message": text}))


VALUES: list[Any] = [
    pytest.param("jwt audience invalid. expected: a or b", ("a", "b"), (), id="several"),
    pytest.param("jwt audience invalid. expected: a,b", ("a", "b"), (), id="joined"),
    pytest.param(
        'Invalid audience. Expected ["a", "b"], received c', ("a", "b"), ("c",), id="array"
    ),
    pytest.param("The audience 'c' is invalid", (), ("c",), id="echo"),
    pytest.param(
        "IDX10214: Audience validation failed. Audiences: '[PII is hidden]'. Did not match: "
        "validationParameters.ValidAudience: '[PII is hidden]'",
        None,
        None,
        id="hidden",
    ),
    pytest.param("jwt audience invalid. expected: undefined", None, None, id="not configured"),
    pytest.param("Token has wrong audience c, expected one of ['a']", ("a",), ("c",), id="Google"),
    pytest.param("no such thing", None, None, id="other words"),
]


@pytest.mark.parametrize(("text", "expected", "found"), VALUES)
def test_named_audience(
    text: str, expected: tuple[str, ...] | None, found: tuple[str, ...] | None
) -> None:
    stated = stated_values(said(text), "aud")
    if expected is None:
        assert stated is None
        return
    assert stated is not None
    assert (stated.expected, stated.found) == (expected, found)


AGREEMENTS: list[Any] = [
    pytest.param("b", Agreement.AGREES, id="another"),
    pytest.param("a", Agreement.CONTRADICTS, id="the one expected"),
    pytest.param(["x", "a"], Agreement.CONTRADICTS, id="among others"),
    pytest.param(None, Agreement.AGREES, id="none"),
    pytest.param([{}, 1, None], Agreement.AGREES, id="nonsense"),
]


@pytest.mark.parametrize(("aud", "agreement"), AGREEMENTS)
def test_agreement(aud: Any, agreement: Agreement) -> None:
    stated = stated_values(said("jwt audience invalid. expected: a"), "aud")
    assert stated is not None
    assert stated.agreement({"aud": aud}) is agreement


def test_a_claim_that_the_server_found_is_in_the_token_that_it_saw() -> None:
    stated = Stated("aud", ("a",), ("b",))
    assert stated.agreement({}) is Agreement.CONTRADICTS
    assert stated.agreement({"aud": "b"}) is Agreement.AGREES
    assert Stated("aud", ("a",), ()).agreement({}) is Agreement.AGREES


EXPIRIES: list[Any] = [
    pytest.param("Jwt expired at 2026-11-20T00:00:00Z", 1795132800.0, id="Spring"),
    pytest.param("The token expired at '11/20/2026 00:00:00'", 1795132800.0, id="ASP.NET"),
    pytest.param("The token expired at '13/33/2026 00:00:00'", None, id="no date"),
    pytest.param("jwt expired", None, id="no time"),
]


@pytest.mark.parametrize(("text", "moment_s"), EXPIRIES)
def test_named_expiry(text: str, moment_s: float | None) -> None:
    assert stated_expiry_s(said(text)) == moment_s


@given(st.text(max_size=300))
def test_no_words_make_it_fail(text: str) -> None:
    case = said("Invalid audience. Expected " + text)
    stated_values(case, "aud")
    stated_expiry_s(case)
