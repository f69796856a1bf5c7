import pytest

from why401.explain.titles import explained_by_title
from why401.knowledge.load import load_knowledge

KNOWLEDGE = load_knowledge().knowledge


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("签名验证失败", "签名", id="half remembered"),
        pytest.param("token过期", "refresh_token", id="another word for it"),
    ],
)
def test_titles_that_say_the_same(text: str, word: str) -> None:
    found = explained_by_title(text, KNOWLEDGE)
    assert 1 <= len(found) <= 3
    assert word in found[0].title["zh"]


@pytest.mark.parametrize("text", ["", "asdfghjkl", "token", "今天天气很好", "签名" * 60])
def test_what_no_title_says(text: str) -> None:
    assert explained_by_title(text, KNOWLEDGE) == []
