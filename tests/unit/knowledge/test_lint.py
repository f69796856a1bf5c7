"""What is wrong with the text of a rule, apart from what it does."""

import pytest

from why401.knowledge.lint import id_faults, secret_faults
from why401.knowledge.rule import Cause, Rule, Text

TEXT = Text("一", "one")

SECRETS = [
    pytest.param("key: sk_live_" + "a1" * 12, "Stripe", id="Stripe"),
    pytest.param("ghp_" + "aB3" * 12, "GitHub", id="GitHub"),
    pytest.param("AIza" + "b" * 35, "Google", id="Google"),
    pytest.param("-----BEGIN RSA PRIVATE KEY-----", "private key", id="PEM"),
    pytest.param("ID 110101199003071234", "ID number", id="ID number"),
]


@pytest.mark.parametrize(("text", "kind"), SECRETS)
def test_live_secrets_are_found_with_their_line(text: str, kind: str) -> None:
    ((line, said),) = secret_faults(f"a\nb {text}\n")
    assert line == 2
    assert kind in said


HARMLESS = [
    pytest.param("AKIAIOSFODNN7EXAMPLE", id="AWS's own example"),
    pytest.param("at: 1795132800", id="Unix time"),
    pytest.param("mchid: '1900000001'", id="merchant number of the documents"),
    pytest.param("exp: 1795132800000", id="milliseconds"),
    pytest.param("wx0000000000000000", id="appid"),
]


@pytest.mark.parametrize("text", HARMLESS)
def test_made_up_values_are_left_alone(text: str) -> None:
    assert list(secret_faults(text)) == []


REPORTERS = [
    pytest.param("jwt/expired", "jwt_times", "", id="detector"),
    pytest.param("auth/unknown", "diagnose", "", id="the diagnosis itself"),
    pytest.param("wechat/unknown-code", "codes", "", id="code tables"),
    pytest.param("jwt/expired", "jwt_time", 'did you mean "jwt_times"', id="misspelt"),
    pytest.param("jwt/unheard-of", "jwt_times", "does not report this rule", id="not in REPORTS"),
    pytest.param("jwt/expired", "../diagnose", "no detector", id="path"),
]


@pytest.mark.parametrize(("rule_id", "reporter", "said"), REPORTERS)
def test_reporters_exist_and_report(rule_id: str, reporter: str, said: str) -> None:
    cause = Cause(id="one", zh="一", en="one", fix=TEXT)
    rule = Rule(id=rule_id, title=TEXT, causes=[cause], reported_by=reporter)
    found = [message for _, message in id_faults(rule, [rule_id])]
    assert len(found) == bool(said)
    assert said in "".join(found)
