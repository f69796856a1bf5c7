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


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("TokenExpiredError", "jwt/expired", id="the name of an error"),
        pytest.param("NotBeforeError", "jwt/not-yet-valid", id="of another"),
        pytest.param(
            "商户证书序列号", "wechatpay/v3-serial-refused", id="the beginning of a title"
        ),
        pytest.param("证书序列号有误", "wechatpay/v3-serial-refused", id="of a message"),
        pytest.param("jwt expired", "jwt/expired", id="a text that is known whole"),
        pytest.param("invalid_grant", "oauth/refresh-expired-or-revoked", id="a code"),
        pytest.param("UnauthorizedError", "auth/missing", id="a name of its own before another's"),
    ],
)
def test_what_says_all_that_was_asked_comes_first(text: str, rule: str) -> None:
    assert explained_by_message(text, KNOWLEDGE)[0].rule == rule


def test_unknown_words_mean_nothing() -> None:
    assert explained_by_message("hello world", KNOWLEDGE) == []
