"""Sentences with their placeholders filled, in either language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.knowledge.rule import Text
from why401.knowledge.words import duration, moment, placeholders, printable, say

DURATIONS = [
    pytest.param(0, "不到 1 秒", "less than a second", id="nothing"),
    pytest.param(1, "1 秒", "1 second", id="one"),
    pytest.param(61, "1 分钟 1 秒", "1 minute 1 second", id="minute and second"),
    pytest.param(3600, "1 小时", "1 hour", id="hour"),
    pytest.param(3605, "1 小时", "1 hour", id="seconds mean nothing beside hours"),
    pytest.param(-90_000, "1 天 1 小时", "1 day 1 hour", id="sign is for the sentence"),
]


@pytest.mark.parametrize(("seconds", "zh", "en"), DURATIONS)
def test_durations(seconds: int, zh: str, en: str) -> None:
    assert (duration(seconds, "zh"), duration(seconds, "en")) == (zh, en)


FILLED = [
    pytest.param("{age_s}", {"age_s": 120}, "2 minutes", id="duration"),
    pytest.param("{exp_time}", {"exp_time": 0}, "1970-01-01 00:00:00 UTC", id="moment"),
    pytest.param("{exp_time}", {"exp_time": 1e300}, f"{1e300:.0f}", id="no calendar has it"),
    pytest.param("{name}", {"name": "a\x1b[31m\nb"}, "a\\x1b[31m⏎b", id="control characters"),
    pytest.param(
        "{exchange}",
        {"exchange": "89cbc857-ac1a-4cd8-b62b-bf9f7c725ceb"},
        "89cbc857",
        id="flow by its first digits",
    ),
    pytest.param("{exchange}", {"exchange": "12"}, "12", id="entry by its number"),
    pytest.param(
        "{sub}",
        {"sub": "89cbc857-ac1a-4cd8-b62b-bf9f7c725ceb"},
        "89cbc857-ac1a-4cd8-b62b-bf9f7c725ceb",
        id="UUID of somebody else",
    ),
    pytest.param("{age_s}", {}, "some time", id="unknown duration"),
    pytest.param("{exp_time}", {}, "an unknown time", id="unknown moment"),
    pytest.param("{name}", {}, "…", id="unknown name"),
    pytest.param("{not a name}", {}, "{not a name}", id="braces that are none"),
]


@pytest.mark.parametrize(("sentence", "values", "expected"), FILLED)
def test_placeholders_are_filled(sentence: str, values: dict, expected: str) -> None:
    assert say(Text("一", sentence), "en", values) == expected


def test_placeholders_of_both_languages() -> None:
    assert placeholders(Text("{a_s}", "{b}")) == {"a_s", "b"}


@given(st.text())
def test_what_is_printable_is_one_line_of_printable_characters(text: str) -> None:
    shown = printable(text)
    assert all(character.isprintable() or character == "\t" for character in shown)


def test_moment_is_utc() -> None:
    assert moment(1_795_132_800) == "2026-11-20 00:00:00 UTC"
