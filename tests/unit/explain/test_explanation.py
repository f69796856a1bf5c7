"""An explanation is put together from its rule."""

from why401.explain.explanation import of_finding, of_rule
from why401.knowledge.load import load_knowledge
from why401.model import CauseFound, Certainty, Finding

KNOWLEDGE = load_knowledge().knowledge


def test_the_cause_that_comes_first_gives_its_title() -> None:
    rule = KNOWLEDGE.rule("wechat/40001")
    assert rule
    secret = rule.cause("wrong-secret")
    assert secret
    assert secret.title
    found = of_rule(rule, KNOWLEDGE, first=secret)
    assert (found.family, found.code) == ("wechat", "40001")
    assert found.causes[0]["id"] == "wrong-secret"
    assert found.title["en"] == secret.title.en


def test_a_finding_brings_its_certainty() -> None:
    rule = KNOWLEDGE.rule("wechat/40001")
    assert rule
    causes = (CauseFound("other-account", Certainty.LIKELY),)
    found = of_finding(Finding(rule.id, Certainty.PROVEN, (), causes=causes), rule, KNOWLEDGE)
    assert [cause["id"] for cause in found.causes] == ["other-account"]
    assert found.plain()["certainty"] == "proven"
