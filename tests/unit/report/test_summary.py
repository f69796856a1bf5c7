import pytest

from why401.knowledge.load import load_knowledge
from why401.knowledge.words import Language
from why401.model import CauseFound, Certainty, Diagnosis, Evidence, Finding, Severity
from why401.report.summary import LIMIT, clipped, summary

KNOWLEDGE = load_knowledge().knowledge


def diagnosis(rule: str, cause: str, certainty: Certainty, **values: str | int) -> Diagnosis:
    finding = Finding(
        rule,
        Certainty.PROVEN,
        (Evidence("response.status", 401),),
        (CauseFound(cause, certainty),),
        values=values,
        severity=Severity.ERROR,
    )
    return Diagnosis((finding,))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("rule_id", sorted(KNOWLEDGE.rules))
def test_every_rule_has_a_summary_that_fits_the_column(rule_id: str, language: Language) -> None:
    rule = KNOWLEDGE.rule(rule_id)
    assert rule is not None
    for cause in rule.causes:
        found = diagnosis(rule_id, cause.id, Certainty.PROVEN, age_s=1080)
        line = summary(found, KNOWLEDGE, language)
        assert len(line) <= LIMIT[language]
        assert line.endswith(" [已证实]" if language == "zh" else " [proven]")
        assert "\n" not in line


def test_the_certainty_shown_is_that_of_the_cause() -> None:
    line = summary(diagnosis("wechat/40001", "superseded", Certainty.POSSIBLE), KNOWLEDGE, "en")
    assert line.endswith("[undecided]")


def test_a_cause_may_have_a_title_of_its_own() -> None:
    """At the token interface 40001 is about the AppSecret, not about a token."""
    found = diagnosis("wechat/40001", "wrong-secret", Certainty.PROVEN)
    assert summary(found, KNOWLEDGE, "zh").startswith("AppSecret 不对，或与 AppID 不配套 · ")
    assert "token" not in summary(found, KNOWLEDGE, "en")


def test_a_hint_that_does_not_fit_is_left_out_whole() -> None:
    found = diagnosis("auth/header-misspelt", "misspelt", Certainty.PROVEN, name="X" * 60)
    line = summary(found, KNOWLEDGE, "en")
    assert "·" not in line
    assert len(line) <= LIMIT["en"]


def test_our_own_fault_is_said_as_such() -> None:
    line = summary(Diagnosis(faults=("jwt_times",)), KNOWLEDGE, "en")
    assert "why401 itself failed" in line
    assert "jwt_times" in line


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 10, "short"),
        ("two\nlines", 20, "two lines"),
        ("0123456789", 5, "0123…"),
        ("abc e\u0301f", 6, "abc…"),
    ],
)
def test_clipping_leaves_one_line_and_whole_characters(
    text: str, limit: int, expected: str
) -> None:
    assert clipped(text, limit) == expected


def test_what_nobody_knows_leaves_no_gap() -> None:
    found = diagnosis("bearer/insufficient-scope", "not-granted", Certainty.LIKELY)
    assert "…" not in summary(found, KNOWLEDGE, "en")
    assert "…" not in summary(found, KNOWLEDGE, "zh")
    found = diagnosis("oauth/invalid-client", "wrong-secret", Certainty.LIKELY)
    assert "(" not in summary(found, KNOWLEDGE, "en")
