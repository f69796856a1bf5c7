import pytest
from tests.exchanges import exchange

from why401.case import Case
from why401.knowledge.base import Knowledge
from why401.knowledge.codes import code_table
from why401.knowledge.rule import Cause, Rule, Text
from why401.model import CauseFound, Certainty, Evidence, Finding, Severity
from why401.verdict.rank import ranked

PROVEN, LIKELY, POSSIBLE = Certainty.PROVEN, Certainty.LIKELY, Certainty.POSSIBLE
WORDS = Text("字", "words")
CASE = Case(exchange("https://h/cgi-bin/token?x=1", status=401))


def cause(cause_id: str, **more: object) -> Cause:
    return Cause(id=cause_id, zh="字", en="words", fix=WORDS, **more)  # type: ignore[arg-type]


def rule(rule_id: str, *causes: Cause, severity: Severity = Severity.ERROR, **more: object) -> Rule:
    return Rule(
        id=rule_id,
        title=WORDS,
        causes=list(causes) or [cause("only")],
        severity=severity,
        reported_by="x",
        **more,  # type: ignore[arg-type]
    )


def found(rule_id: str, certainty: Certainty = PROVEN, **more: object) -> Finding:
    return Finding(rule_id, certainty, (Evidence("response.status", 401),), **more)  # type: ignore[arg-type]


def order(rules: list[Rule], findings: list[Finding]) -> list[str]:
    knowledge = Knowledge(rules, code_table((), {}))
    return [finding.rule for finding in ranked(findings, CASE, knowledge)]


def test_errors_and_warnings_stand_before_advice_however_sure_that_is() -> None:
    rules = [rule("a/info", severity=Severity.INFO), rule("a/warning", severity=Severity.WARNING)]
    assert order(rules, [found("a/info"), found("a/warning", POSSIBLE)]) == ["a/warning", "a/info"]


def test_advice_about_the_server_comes_last() -> None:
    rules = [rule("server/advice", severity=Severity.INFO), rule("a/info", severity=Severity.INFO)]
    assert order(rules, [found("server/advice"), found("a/info", LIKELY)]) == [
        "a/info",
        "server/advice",
    ]


def test_then_the_surer_then_the_graver_then_the_first_broken_link() -> None:
    rules = [
        rule("a/first"),
        rule("a/second"),
        rule("a/warning", severity=Severity.WARNING),
        rule("a/likely"),
    ]
    findings = [found("a/likely", LIKELY), found("a/warning"), found("a/first"), found("a/second")]
    assert order(rules, findings) == ["a/first", "a/second", "a/warning", "a/likely"]


def test_what_says_nothing_new_beside_another_is_dropped() -> None:
    rules = [rule("jwt/expired"), rule("bearer/opaque", gives_way_to=["jwt/*"])]
    assert order(rules, [found("bearer/opaque"), found("jwt/expired")]) == ["jwt/expired"]
    assert order(rules, [found("bearer/opaque")]) == ["bearer/opaque"]


def test_a_rule_stands_once_and_an_unknown_one_not_at_all() -> None:
    assert order([rule("a/b")], [found("a/b"), found("a/b"), found("no/such")]) == ["a/b"]


@pytest.mark.parametrize(
    ("causes", "reported", "expected"),
    [
        pytest.param([cause("one")], [], [("one", LIKELY)], id="the only cause is likely"),
        pytest.param(
            [cause("one"), cause("two")],
            [],
            [("one", POSSIBLE), ("two", POSSIBLE)],
            id="one of several is possible",
        ),
        pytest.param(
            [cause("one"), cause("two", when={"request.path": "/cgi-bin/token"})],
            [],
            [("two", LIKELY), ("one", POSSIBLE)],
            id="evidence lifts a cause to the front",
        ),
        pytest.param(
            [cause("one", when={"request.path": "/other"}), cause("two")],
            [],
            [("one", POSSIBLE), ("two", POSSIBLE)],
            id="evidence that is not there lifts nothing",
        ),
        pytest.param(
            [cause("one", unless={"request.path": "/cgi-bin/token"}), cause("two")],
            [],
            [("two", POSSIBLE)],
            id="what cannot be is left out",
        ),
        pytest.param(
            [cause("one"), cause("two", proven_by="s/t")],
            ["s/t"],
            [("two", PROVEN), ("one", POSSIBLE)],
            id="a detector's finding proves a cause",
        ),
    ],
)  # fmt: skip
def test_causes_are_ranked_by_what_the_exchange_shows(
    causes: list[Cause], reported: list[str], expected: list[tuple[str, Certainty]]
) -> None:
    knowledge = Knowledge([rule("a/b", *causes), rule("s/t")], code_table((), {}))
    findings = [found("a/b"), *(found(other) for other in reported)]
    best = next(each for each in ranked(findings, CASE, knowledge) if each.rule == "a/b")
    assert [(each.id, each.certainty) for each in best.causes] == expected


def test_nobody_is_surer_why_than_that() -> None:
    knowledge = Knowledge([rule("a/b", cause("one", certainty=PROVEN))], code_table((), {}))
    (best,) = ranked([found("a/b", LIKELY)], CASE, knowledge)
    assert best.causes == (CauseFound("one", LIKELY),)


def test_the_server_s_words_make_the_likely_cause_proven() -> None:
    knowledge = Knowledge([rule("a/b")], code_table((), {}))
    (best,) = ranked([found("a/b")], CASE, knowledge, {"a/b"})
    assert best.causes[0].certainty is PROVEN


def test_what_proves_is_no_surer_than_itself() -> None:
    two = cause("two", proven_by="s/t")
    knowledge = Knowledge([rule("a/b", cause("one"), two), rule("s/t")], code_table((), {}))
    best, _ = ranked([found("a/b"), found("s/t", LIKELY)], CASE, knowledge)
    assert best.causes == (CauseFound("two", LIKELY), CauseFound("one", POSSIBLE))
