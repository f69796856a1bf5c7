"""Did WeChat refuse a token that a later fetch had retired, or one of another kind?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.earlier import began_after, earlier, since_s
from why401.detectors.traits import Trait
from why401.history.sighting import Sighting, placeholder
from why401.hosts import Family
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "session/token-superseded",
    "wechat/user-token-as-global",
    "wechat/component-token-as-account",
)
NEEDS = frozenset({Trait.WECHAT})

_CODES = frozenset({"40001", "40014"})
_OF_ACCOUNTS = (
    *("/cgi-bin/user/", "/cgi-bin/menu/", "/cgi-bin/message/", "/cgi-bin/material/"),
    *("/cgi-bin/media/", "/cgi-bin/tags/", "/cgi-bin/template/", "/cgi-bin/qrcode/"),
    *("/cgi-bin/ticket/", "/datacube/"),
)
"""Calls about one account. Some below /wxa/ take the platform's token under the same name."""


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for an access_token that an earlier answer issued and a later fetch for the
    same appid replaced, or that is a user's or a platform's where the account's own belongs.

    All are proven by equality of tokens. `stable_token` retires one only with force_refresh.
    """
    if case.family is not Family.WECHAT or case.error is None or case.error.code not in _CODES:
        return
    path = case.exchange.request.path
    for carried in context.history.carried(case):
        token = context.history.tokens.record(carried.fingerprint)
        if carried.credential.scheme != "wechat-access-token" or token is None:
            continue
        where = carried.credential.where
        seen = Evidence(where, placeholder("token", carried.fingerprint))
        if token.kind == "wechat-user":
            if token.issued and not path.startswith("/sns/"):
                yield Finding(
                    "wechat/user-token-as-global",
                    Certainty.PROVEN,
                    (seen, earlier("token-issued", token.issued)),
                    causes=(CauseFound("user-token", Certainty.PROVEN),),
                    related=(token.issued.exchange,),
                )
            continue
        if token.kind == "wechat-component":
            is_account = where.endswith(".access_token") and path.startswith(_OF_ACCOUNTS)
            if token.issued and is_account and not token.is_over(case.exchange.at_s):
                yield Finding(
                    "wechat/component-token-as-account",
                    Certainty.PROVEN,
                    (seen, earlier("token-issued", token.issued)),
                    causes=(CauseFound("component-token", Certainty.PROVEN),),
                    related=(token.issued.exchange,),
                )
            continue
        by = token.superseded
        if by is None or not token.is_retired or case.error.code != "40001":
            continue
        if not began_after(case, by):
            continue
        issued = token.issued
        yield Finding(
            "session/token-superseded",
            Certainty.PROVEN,
            (
                seen,
                *((earlier("token-issued", issued),) if issued else ()),
                earlier("token-superseded", by),
            ),
            causes=(CauseFound(_who(issued, by), Certainty.PROVEN),),
            values={"age_s": round(since_s(case, by)), "exchange": by.exchange, "via": by.via},
            related=tuple(each.exchange for each in (issued, by) if each),
        )


def _who(issued: Sighting | None, by: Sighting) -> str:
    """Return the cause: another machine or program fetched again, or the same did."""
    return "other-client" if issued and issued.client != by.client else "fetched-again"
