import pytest

from why401.credentials.claims import claim_problems, in_seconds, numeric_date, time_unit

DATES = [
    pytest.param(1700000000, 1700000000.0, id="integer"),
    pytest.param(1700000000.5, 1700000000.5, id="fraction"),
    pytest.param(-1, -1.0, id="before 1970"),
    pytest.param(True, None, id="true"),
    pytest.param("1700000000", None, id="text"),
    pytest.param(None, None, id="null"),
    pytest.param([1], None, id="list"),
    pytest.param(float("inf"), None, id="infinity"),
    pytest.param(float("nan"), None, id="NaN"),
    pytest.param(10**400, None, id="too large for a float"),
]


@pytest.mark.parametrize(("value", "expected"), DATES)
def test_numeric_date(value: object, expected: float | None) -> None:
    assert numeric_date(value) == expected


UNITS = [
    pytest.param(1700000000, "s", id="seconds"),
    pytest.param(1700000000000, "ms", id="milliseconds"),
    pytest.param(1700000000000000, "us", id="microseconds"),
    pytest.param(1700000000000000000, "ns", id="nanoseconds"),
    pytest.param(3600, None, id="duration"),
    pytest.param(5e9, None, id="year 2128"),
    pytest.param("1700000000", None, id="text"),
]


@pytest.mark.parametrize(("value", "unit"), UNITS)
def test_time_unit(value: object, unit: str | None) -> None:
    assert time_unit(value) == unit
    assert in_seconds(value) == (numeric_date(value) if unit == "s" else None)


CASES = [
    pytest.param({}, (), id="none"),
    pytest.param({"exp": 1700000600, "iat": 1700000000, "aud": ["a"]}, (), id="good"),
    pytest.param({"exp": "2026-01-01T00:00:00Z"}, ("time-is-string",), id="ISO date"),
    pytest.param({"exp": None}, ("claim-type",), id="null"),
    pytest.param({"exp": True}, ("claim-type",), id="true"),
    pytest.param({"iat": 1700000000000}, ("time-in-milliseconds",), id="ms"),
    pytest.param({"nbf": 1700000000000000}, ("time-in-micro-or-nano",), id="us"),
    pytest.param({"exp": 17, "iat": 17}, ("exp-zero-lifetime",), id="no lifetime"),
    pytest.param(
        {"exp": 1700000600, "iat": 1700000000000},
        ("time-in-milliseconds",),
        id="two units, of which one is wrong",
    ),
    pytest.param({"sub": 7}, ("claim-type",), id="sub a number"),
    pytest.param({"aud": {"a": 1}}, ("claim-type",), id="aud an object"),
    pytest.param({"aud": ["a", 1]}, ("claim-type",), id="aud of mixed members"),
    pytest.param({"scope": {}}, ("claim-type",), id="scope an object"),
]


@pytest.mark.parametrize(("claims", "problems"), CASES)
def test_claim_problems(claims: dict[str, object], problems: tuple[str, ...]) -> None:
    assert claim_problems(claims) == problems
