"""What a message may mean, the text that fits best first."""

import pytest

from why401.explain.messages import explained_by_message
from why401.knowledge.load import load_knowledge

KNOWLEDGE = load_knowledge().knowledge


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("code been used", "wechat/40163", id="of a code"),
        pytest.param("appid和mch_id不匹配，请检查后再试", "wechatpay/v2-appid-mchid-not-match",
                     id="of a rule"),
        pytest.param("JWT  EXPIRED", "jwt/expired", id="of a server"),
    ],
)  # fmt: skip
def test_the_rule_whose_text_it_holds(text: str, rule: str) -> None:
    assert rule in [each.rule for each in explained_by_message(text, KNOWLEDGE)]


def test_unknown_words_mean_nothing() -> None:
    assert explained_by_message("hello world", KNOWLEDGE) == []
