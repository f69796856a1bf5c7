"""Facts and words meet here: a finding with the sentences of its rule, in either language."""

from __future__ import annotations

import datetime
import functools
import math
from collections.abc import Mapping
from typing import Literal

from why401.knowledge.rule import Text
from why401.later import regex

type Language = Literal["zh", "en"]

_PLACEHOLDER = regex(r"\{([a-z][a-z0-9_]{0,40})\}")
FLOW_ID = regex(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
UNSAID = "…"
_GAP = regex(rf"\s?[（(][^（）()]{{0,40}}{UNSAID}[）)]|\s?\({UNSAID}\)|[：:]\s?{UNSAID}")
_UNITS = (
    (86_400, "天", "day"),
    (3_600, "小时", "hour"),
    (60, "分钟", "minute"),
    (1, "秒", "second"),
)


def say(text: Text, language: Language, values: Mapping[str, str | int | float]) -> str:
    """Return `text` in `language` with its placeholders filled.

    `{age_s}` is a duration in words, `{exp_time}` Unix seconds as a moment in UTC, `{exchange}` the
    short name of another exchange; everything else stands as it is. A value that a finding does
    not give, because the server's words are all that is known, is put as an unknown one.
    """
    sentence = text.zh if language == "zh" else text.en
    if "{" not in sentence:
        return sentence
    parts = [*_parts(sentence)]
    parts[1::2] = [_filled(name, language, values) for name in parts[1::2]]
    return "".join(parts)


@functools.lru_cache(256)
def _parts(sentence: str) -> tuple[str, ...]:
    """Return what stands between the placeholders of a sentence, and in turn their names."""
    return tuple(_PLACEHOLDER.split(sentence))


def _filled(name: str, language: Language, values: Mapping[str, str | int | float]) -> str:
    if name not in values:
        return _unknown(name, language)
    value = values[name]
    if isinstance(value, int | float) and name.endswith("_s"):
        return duration(value, language)
    if isinstance(value, int | float) and name.endswith("_time"):
        return moment(value)
    return short_names(printable(str(value))) if name == "exchange" else printable(str(value))


def say_both(text: Text, values: Mapping[str, str | int | float]) -> dict[str, str]:
    """Return `text` as the contract wants it: `{"zh": …, "en": …}`."""
    return {"zh": say(text, "zh", values), "en": say(text, "en", values)}


def template(text: Text, language: Language) -> str:
    """Return `text` in `language` as a rule has it, an ellipsis for what the traffic fills in."""
    return _PLACEHOLDER.sub(UNSAID, text.zh if language == "zh" else text.en)


def without_gaps(sentence: str) -> str:
    """Return `sentence` without what it leaves open because nobody knows the value: it reads
    better so."""
    return _GAP.sub("", sentence) if UNSAID in sentence else sentence


def placeholders(text: Text) -> set[str]:
    """Return the names of the placeholders in either language."""
    return set(_PLACEHOLDER.findall(text.zh)) | set(_PLACEHOLDER.findall(text.en))


def _unknown(name: str, language: Language) -> str:
    if name.endswith("_s"):
        return "一段时间" if language == "zh" else "some time"
    if name.endswith("_time"):
        return "未知的时刻" if language == "zh" else "an unknown time"
    return UNSAID


def duration(seconds: float, language: Language) -> str:
    """Return a length of time in the two largest units that matter: `1 h 5 min` in words."""
    rest = abs(round(seconds))
    parts: list[str] = []
    for size, zh, en in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            plural = "" if count == 1 else "s"
            parts.append(f"{count} {zh}" if language == "zh" else f"{count} {en}{plural}")
        # Seconds mean nothing beside hours, nor minutes beside days.
        if len(parts) == 2 or (parts and not count):
            break
    return " ".join(parts) or ("不到 1 秒" if language == "zh" else "less than a second")


def moment(unix_s: float) -> str:
    """Return Unix seconds as `2026-11-20 10:02:11 UTC`; as a number where no calendar has it."""
    try:
        return _second(math.floor(unix_s))
    except (ValueError, OverflowError, OSError):
        return f"{unix_s:.0f}"


@functools.lru_cache(256)
def _second(unix_s: int) -> str:
    """Return the same of a whole second: one `exp` is shown again and again, and so is now."""
    at = datetime.datetime.fromtimestamp(unix_s, datetime.UTC)
    return f"{at.isoformat(' ')[:19]} UTC"  # ten times as fast as strftime


def short_names(text: str) -> str:
    """Return `text` with the names of exchanges as people read them: of a flow's UUID the first
    eight digits, of an entry in a file its number as it is."""
    return FLOW_ID.sub(lambda found: found[0][:8], text)


def printable(text: str) -> str:
    """Return `text` without what could steer a terminal or reorder a line: control characters,
    bidirectional controls, lone surrogates (what a server sends is data, not layout)."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\t" else _escape(character)
        for character in text
    )


def _escape(character: str) -> str:
    if character == "\n":
        return "⏎"
    return f"\\u{ord(character):04x}" if ord(character) > 0xFF else f"\\x{ord(character):02x}"
