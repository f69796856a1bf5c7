"""The table of words is of the form in which they are looked for."""

from why401.detectors.topics import WORDS, Topic
from why401.knowledge.match import folded


def test_every_topic_has_words_and_none_twice() -> None:
    assert set(WORDS) == set(Topic)
    assert [topic for topic, words in WORDS.items() if len(set(words)) < len(words)] == []


def test_words_are_folded() -> None:
    words = {word for words in WORDS.values() for word in words}
    assert {word for word in words if word.strip() != folded(word).strip()} == set()


def test_who_says_that_none_came_says_that_nobody_is_known() -> None:
    assert set(WORDS[Topic.ABSENT]) < set(WORDS[Topic.MISSING])
