"""What a server says about its refusal, in its own words: which topics, and where.

The words are those of widely used frameworks, compared without regard to case and blanks. They
never tell by themselves what is wrong; they prove a defect that the bytes show as well.
"""

from __future__ import annotations

from collections.abc import Mapping

import ahocorasick

from why401.case import Case
from why401.detectors.server_texts import Texts, reading
from why401.detectors.topics import WORDS, Topic
from why401.knowledge.folding import folded
from why401.later import regex


def _automaton() -> ahocorasick.Automaton:
    """Return all words in one searcher: a text is read once, however many words there are."""
    topics: dict[str, tuple[Topic, ...]] = {}
    for topic, words in WORDS.items():
        for word in words:
            topics[word] = (*topics.get(word, ()), topic)
    automaton = ahocorasick.Automaton()
    for word, about in topics.items():
        automaton.add_word(word, about)
    automaton.make_automaton()
    return automaton


_AUTOMATON = _automaton()

# "Invalid or expired" says nothing, and passwords and certificates expire as well.
_VAGUE = regex(
    r"(?:or|and/or|/) ?(?:has |is |been |was |already )*expired"
    r"|expired(?: token)? ?(?:(?:, \w+){0,3},? or\b|/)|"
    r"(?:not|isn't|never) (?:yet )?expired|"
    r"(?:password|certificate|account|licen[cs]e|subscription|trial|captcha|code|link|coupon|plan"
    r"|otp|invit\w{0,6}|offer|promo\w{0,6}|voucher|card|order|quota|domain|membership|contract"
    r"|request|key"
    r"|(?:refresh|reset|invite|invitation|verification|confirmation|csrf|device)[ _]token)"
    r" (?:has |is |was )*expired|或者?(?:已经?)?(?:过期|失效)|(?:过期|失效)或|未过期|"
    r"(?:密码|证书|账号|验证码|链接)(?:已经?)?过期"
)
# "Invalid, expired, or revoked" leaves it open.
_PERHAPS_REVOKED = regex(
    r"(?:,? (?:or|and/or)|/|或者?) ?(?:has |been |is |was |已经?)*(?:revoked|invalidated|注销|吊销)"
    r"|(?:revoked|invalidated)(?:, \w+){0,3},? or\b"
)
_OR = regex(r"\bor\b|或")

__all__ = ["Topic", "said", "spoken_of"]


def said(case: Case, *topics: Topic) -> tuple[str, str] | None:
    """Return (place, text) of the server's first words about one of `topics`, None without any."""
    words = spoken_of(case)
    if words:
        for topic in topics:
            if found := words.get(topic):
                return found
    return None


def spoken_of(case: Case) -> Mapping[Topic, tuple[str, str]]:
    """Return every topic that the server speaks of, with (place, text) of the first mention."""
    known: Mapping[Topic, tuple[str, str]] | None = case.memo.get("refusal.words")
    if known is None:
        known = _topics_of(case)
        for name in ("token-expired", "x-token-expired"):
            if (case.response.headers.text(name) or "").lower() in ("true", "1"):
                known = {**known, Topic.EXPIRED: (f"response.header.{name}", "true")}
        case.memo["refusal.words"] = known
    return known


@reading
def _topics_of(texts: Texts) -> Mapping[Topic, tuple[str, str]]:
    found: dict[Topic, tuple[str, str]] = {}
    for where, text in texts:
        for topic in _topics_in(text):
            found.setdefault(topic, (where, text))
    return found


def _topics_in(text: str) -> tuple[Topic, ...]:
    # nginx heads every 401 with these words, whatever was sent.
    plain = folded(text).replace("401 authorization required", " ")
    found = dict.fromkeys(topic for _, topics in _AUTOMATON.iter(plain) for topic in topics)
    if Topic.EXPIRED in found:
        # Looked at twice only where expiry is spoken of at all.
        sure = _VAGUE.sub(" ", plain)
        if not any(needle in sure for needle in WORDS[Topic.EXPIRED]):
            del found[Topic.EXPIRED]
    if Topic.ABSENT in found and _OR.search(plain):
        # "Missing or invalid" says nothing, either.
        del found[Topic.ABSENT]
    if Topic.REVOKED in found:
        sure = _PERHAPS_REVOKED.sub(" ", plain)
        if not any(needle in sure for needle in WORDS[Topic.REVOKED]):
            del found[Topic.REVOKED]
    return tuple(found)
