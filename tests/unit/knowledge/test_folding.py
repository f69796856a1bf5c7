"""What servers reword a message in: case, blanks, full-width forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.knowledge.folding import MAX_TEXT, folded

SAME = [
    pytest.param("JWT  is\n expired", "jwt is expired", id="case and blanks"),
    pytest.param("错误的签名, 导致验签失败", "错误的签名，导致验签失败", id="comma"),
    pytest.param("Http 头 Authorization 值", "Http头Authorization值", id="blanks beside Chinese"),
    pytest.param("ＳＩＧＮ＿ＥＲＲＯＲ", "sign_error", id="full-width letters"),
    pytest.param("签名 “sign” 错误", '签名"sign"错误', id="quotes"),
    pytest.param("商户号 。", "商户号.", id="full stop"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_reworded_messages_are_the_same(left: str, right: str) -> None:
    assert folded(left) == folded(right)


def test_words_stay_apart() -> None:
    assert folded("not able") != folded("notable")


@given(st.text())
def test_folding_twice_changes_little_and_never_grows_without_bound(text: str) -> None:
    assert len(folded(text)) <= MAX_TEXT
    assert "  " not in folded(text)
