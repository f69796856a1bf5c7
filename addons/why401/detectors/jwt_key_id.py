"""Does the `kid` of a refused JWT lead to the key of its signature? RFC 7515 section 4.1.4."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from why401.detectors.jwt_recomputed import MAX_SHOWN, Recomputed
from why401.detectors.refusal import certainty_by_words
from why401.detectors.server_words import Topic, said
from why401.jose.keys import VerifyingKey
from why401.model import Certainty, Evidence, Finding


def relabelled(token: Recomputed, key: VerifyingKey) -> Iterator[Finding]:
    """Yield that the signature is right, but the header leads to another key, or to none."""
    has_kids = [each for each in token.jwks() if each.kid is not None]
    if token.kid is None and (token.jwt.header or {}).get("kid") is None:
        same = [each for each in has_kids if token.jwt.alg in each.algorithms]
        if len(same) > 1 and key.kid is not None:
            yield token.finding(
                "jwt/kid-missing",
                "several-keys",
                Certainty.PROVEN if said(token.case, Topic.KEY_ID) else Certainty.POSSIBLE,
                (
                    token.header_evidence(kid=None),
                    *token.key_evidence(key, {"kid": key.kid[:MAX_SHOWN]}),
                ),
                Topic.KEY_ID,
                count=len(same),
                right=key.kid[:MAX_SHOWN],
            )
    elif key.kid is not None and token.kid is not None and key.kid != token.kid:
        yield token.finding(
            "jwt/kid-unknown",
            "relabelled",
            certainty_by_words(token.case, Topic.KEY_ID, Topic.SIGNATURE),
            (
                token.header_evidence(kid=token.kid[:MAX_SHOWN]),
                *token.key_evidence(key, {"kid": key.kid[:MAX_SHOWN]}),
            ),
            Topic.KEY_ID,
            kid=token.kid[:MAX_SHOWN],
            right=key.kid[:MAX_SHOWN],
        )


def unknown(token: Recomputed, keys: list[VerifyingKey]) -> Iterator[Finding]:
    """Yield that the header names a key which the key set does not hold, where none in it made the
    signature."""
    kids = {key.kid for key in token.jwks() if key.kid is not None}
    if token.kid is None or not kids or token.kid in kids:
        return
    retired = rotated(token)
    if retired is not None:
        yield retired
        return
    yield token.finding(
        "jwt/kid-unknown",
        "not-in-jwks",
        # Keys rotate: a set that was copied or seen earlier proves nothing by itself.
        certainty_by_words(token.case, Topic.KEY_ID, Topic.SIGNATURE),
        (
            token.header_evidence(kid=token.kid[:MAX_SHOWN]),
            Evidence(
                keys[0].place.partition("jwks")[0] + "jwks",
                sorted(kid[:MAX_SHOWN] for kid in kids)[:10],
            ),
        ),
        Topic.KEY_ID,
        kid=token.kid[:MAX_SHOWN],
        right=", ".join(sorted(kids))[:MAX_SHOWN],
    )


def rotated(token: Recomputed) -> Finding | None:
    """Return that the key which the header names was taken out of its key set; None where no set
    seen earlier held it."""
    issuer = (token.jwt.claims or {}).get("iss")
    retired = token.context.learnt.jwt.retired(
        token.kid, issuer if isinstance(issuer, str) else None
    )
    if retired is None:
        return None
    finding = token.finding(
        "jwt/jwks-rotated",
        "rotated",
        certainty_by_words(token.case, Topic.KEY_ID, Topic.SIGNATURE),
        (
            token.header_evidence(kid=retired.kid[:MAX_SHOWN]),
            Evidence(
                "history.jwks",
                {"url": retired.url, "held": retired.exchange, "gone": retired.gone_in},
            ),
        ),
        Topic.KEY_ID,
        kid=retired.kid[:MAX_SHOWN],
        url=retired.url,
    )
    related = tuple(dict.fromkeys((retired.exchange, retired.gone_in)))
    return msgspec.structs.replace(finding, related=related)
