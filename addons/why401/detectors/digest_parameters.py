"""Do the parameters of a Digest Authorization fit the request and the challenge?

Only what needs no password: RFC 7616 section 3.4. The challenge of this very answer offers a new
nonce, but the same realm, qop and algorithms as the one that was answered.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.challenge import Challenge
from why401.credentials.digest import Digest
from why401.detectors.digest_claim import is_stale, sent_digest
from why401.detectors.refusal import words_evidence
from why401.detectors.server_texts import texts
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.knowledge.folding import folded
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, header_text

REPORTS = (
    "digest/nc-format",
    "digest/uri-mismatch",
    "digest/qop-mismatch",
    "digest/algorithm-mismatch",
    "digest/realm-mismatch",
    "digest/wrong-password",
)
NEEDS = frozenset({Trait.OTHER_SERVER, Trait.DIGEST})

_OF_DIGEST = regex(r"digest|auth|credential|nonce|\buri\b|^bad request|malformed")
_HEX_CHARS = {"MD5": 32, "SHA-256": 64, "SHA-512-256": 64}


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for each parameter of refused Digest credentials that cannot be right."""
    if case.status == 400:
        yield from _refused_as_malformed(case)
    if case.status not in (401, 407):
        return
    sent = sent_digest(case)
    if sent is None or is_stale(case):
        return
    where, digest = sent[0].where, sent[1]
    offered = [c for c in case.challenges if c.name == "digest"]
    found = tuple(_defects(case, digest, offered, where))
    yield from found
    if not found and offered:
        stated = said(case, Topic.PASSWORD) is not None
        yield Finding(
            "digest/wrong-password",
            Certainty.LIKELY,
            (
                Evidence(where, {"username": (digest.username or "")[:100]}),
                *words_evidence(case, context.masker, Topic.PASSWORD),
            ),
            causes=(CauseFound("wrong", Certainty.LIKELY if stated else Certainty.POSSIBLE),),
        )


def _defects(case: Case, digest: Digest, offered: list[Challenge], where: str) -> Iterator[Finding]:
    if {"nc-format", "missing-nc"} & set(digest.flaws):
        yield _finding("digest/nc-format", "format", where, "nc", digest.param("nc"))
    yield from _uri(case, digest, where)
    yield from _qop(digest, offered, where)
    yield from _algorithm(digest, offered, where)
    realms = {c.param("realm") for c in offered}
    if offered and digest.param("realm") not in realms:
        yield _finding(
            "digest/realm-mismatch", "other-realm", where, "realm", digest.param("realm")
        )


def _finding(rule: str, cause: str, where: str, name: str, value: str | None) -> Finding:
    seen = None if value is None else value[:200]
    return Finding(
        rule,
        Certainty.PROVEN,
        (Evidence(where, {name: seen}),),
        causes=(CauseFound(cause, Certainty.LIKELY),),
        values={"sent": seen or "-"},
    )


def _uri(case: Case, digest: Digest, where: str) -> Iterator[Finding]:
    """The uri must be the request target; the absolute form and its escapes count as the same."""
    uri = digest.param("uri")
    target = header_text(case.exchange.request.target[:8192])
    if uri is None or _plain(uri) == _plain(target):
        return
    yield _finding("digest/uri-mismatch", "other-target", where, "uri", uri.partition("?")[0])


def _refused_as_malformed(case: Case) -> Iterator[Finding]:
    """A uri that is not the request target is answered with 400 (RFC 7616 section 3.4.6). Java's
    HttpURLConnection signs the absolute form, which it sends to a proxy and no server gets."""
    sent = sent_digest(case)
    uri = sent[1].param("uri") if sent else None
    target = header_text(case.exchange.request.target[:8192])
    if sent is None or uri is None or uri == target:
        return
    words = [folded(text[:300]) for _, text in texts(case)]
    if words and not any(map(_OF_DIGEST.search, words)):
        # Behind a server that lets it pass, the application calls much else a bad request.
        return
    same = _plain(uri) == _plain(target)
    if same and "://" not in uri[:10]:
        return
    cause, certainty = (
        ("absolute", Certainty.POSSIBLE) if same else ("other-target", Certainty.LIKELY)
    )
    yield Finding(
        "digest/uri-mismatch",
        Certainty.PROVEN,
        (Evidence(sent[0].where, {"uri": uri.partition("?")[0][:200]}),),
        causes=(CauseFound(cause, certainty),),
    )


def _plain(target: str) -> str:
    scheme, separator, rest = target.partition("://")
    if separator and scheme in ("http", "https"):
        target = "/" + rest.partition("/")[2]
    return urllib.parse.unquote(target)


def _qop(digest: Digest, offered: list[Challenge], where: str) -> Iterator[Finding]:
    values = [c.param("qop") for c in offered]
    known = {each.strip().lower() for value in values if value for each in value.split(",")}
    qop = digest.param("qop")
    if qop and offered and known and qop.lower() not in known:
        yield _finding("digest/qop-mismatch", "not-offered", where, "qop", qop)
    elif "missing-cnonce" in digest.flaws:
        yield _finding("digest/qop-mismatch", "no-cnonce", where, "cnonce", None)


def _algorithm(digest: Digest, offered: list[Challenge], where: str) -> Iterator[Finding]:
    """Without `algorithm` MD5 is meant, on both sides; `-sess` changes no length."""
    algorithm = (digest.param("algorithm") or "MD5").upper()
    known = {(c.param("algorithm") or "MD5").upper() for c in offered}
    response = digest.param("response") or ""
    size = _HEX_CHARS.get(algorithm.removesuffix("-SESS"))
    if known and algorithm not in known:
        yield _finding("digest/algorithm-mismatch", "not-offered", where, "algorithm", algorithm)
    elif size and len(response) != size:
        yield Finding(
            "digest/algorithm-mismatch",
            Certainty.PROVEN,
            (Evidence(where, {"algorithm": algorithm, "response_length": len(response)}),),
            causes=(CauseFound("length", Certainty.LIKELY),),
            values={"sent": algorithm},
        )
