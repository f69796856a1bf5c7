"""Stories of plus signs that became blanks."""

from __future__ import annotations

import pytest
from tests.traffic import Traffic, tell

from why401.model import Certainty

API = "https://api.example.com"
TOKEN = "Ab1+Cd2+Ef3/Gh4+Ij5kLm6="
CASES = [
    pytest.param("Ab1+Cd2+Ef3/Gh4+Ij5kLm6=", "auth/plus-as-space", Certainty.LIKELY, id="bare"),
    pytest.param("Ab1%20Cd2%20Ef3/Gh4%20Ij5kLm6=", "auth/plus-as-space", Certainty.LIKELY,
                 id="as %20"),
    pytest.param("Ab1+Cd2+Ef3/Gh4+Ij5kLm6x", "auth/plus-as-space", Certainty.LIKELY,
                 id="without padding"),
    pytest.param("Ab1+Cd2+Ef3/Gh4+Ij5kLm", "auth/plus-as-space", Certainty.POSSIBLE,
                 id="of another length"),
    pytest.param("Ab1%2BCd2%2BEf3/Gh4%2BIj5kLm6=", None, None, id="cured"),
    pytest.param("my+secret+pass+phrase", None, None, id="words"),
    pytest.param("short+1A", None, None, id="short"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "rule", "certainty"), CASES)
def test_blanks_in_a_token(value: str, rule: str | None, certainty: Certainty | None) -> None:
    told = tell([Traffic()(f"GET {API}/x?access_token={value}", 401)])
    found = [each for each in told.diagnoses["#1"].findings if each.rule == "auth/plus-as-space"]
    assert [each.rule for each in found] == ([rule] if rule else [])
    assert [each.certainty for each in found] == ([certainty] if certainty else [])


@pytest.mark.parametrize(
    ("value", "certainty"),
    [
        pytest.param(TOKEN.replace("+", "%20"), Certainty.PROVEN, id="certainly a blank"),
        pytest.param(TOKEN, Certainty.LIKELY, id="as the server reads it"),
    ],
)
def test_the_token_as_it_was_issued(value: str, certainty: Certainty) -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"POST {API}/login", 200, answer={"access_token": TOKEN}),
            traffic(f"GET {API}/x?access_token={value}", 401),
        ]
    )
    found = next(e for e in told.diagnoses["#2"].findings if e.rule == "auth/plus-as-space")
    assert (found.certainty, found.causes[0].certainty) == (Certainty.PROVEN, certainty)
    assert found.related == ("#1",)


def test_other_fields_may_hold_blanks() -> None:
    told = tell([Traffic()(f"GET {API}/x?title=Ab1+Cd2+Ef3/Gh4+Ij5kLm6=", 401)])
    assert "auth/plus-as-space" not in told.rules("#1")
