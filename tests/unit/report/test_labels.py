import re
from collections.abc import Iterator

import pytest

from why401.knowledge.rule import Text
from why401.knowledge.words import placeholders
from why401.model import Certainty, Severity
from why401.report import labels


def words() -> Iterator[tuple[str, Text]]:
    for name, value in vars(labels).items():
        if isinstance(value, Text):
            yield name, value
        elif isinstance(value, dict) and not name.startswith("_"):
            yield from ((f"{name}.{key}", text) for key, text in value.items())


@pytest.mark.parametrize(("name", "text"), list(words()), ids=[name for name, _ in words()])
def test_both_languages_say_the_same_with_the_same_placeholders(name: str, text: Text) -> None:
    assert re.search(r"[\u4e00-\u9fff]", text.zh)
    assert text.en.isascii()
    assert placeholders(Text(text.zh, "")) == placeholders(Text("", text.en))


def test_every_certainty_and_severity_has_its_word() -> None:
    assert labels.CERTAINTY.keys() == set(Certainty)
    assert labels.SEVERITY.keys() == set(Severity)
