import pytest
from tests.unit.detectors.diagnosed import diagnosed, finding, refused, rules

CASES = [
    pytest.param("Basic realm=my orders", "server/challenge-malformed", id="unquoted blank"),
    pytest.param('Basic realm="a" charset="UTF-8"', "server/challenge-malformed", id="no comma"),
    pytest.param('Basic realm=""', "server/realm-empty", id="empty realm"),
    pytest.param("Basic", "server/realm-empty", id="no realm"),
]


@pytest.mark.parametrize(("challenge", "rule"), CASES)
def test_flaw_is_advice(challenge: str, rule: str) -> None:
    diagnosis = diagnosed(refused(challenge=challenge))
    assert finding(diagnosis, rule).severity == "info"
    assert diagnosis.verdict == "auth/missing#not-sent"


@pytest.mark.parametrize(
    "challenge",
    [pytest.param('Basic realm="a", charset="UTF-8"', id="cured"), "Bearer", "Negotiate"],
)
def test_sound_challenge(challenge: str) -> None:
    assert not any(r.startswith("server/") for r in rules(diagnosed(refused(challenge=challenge))))
