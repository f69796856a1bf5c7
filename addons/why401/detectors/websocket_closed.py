"""Did the server accept a WebSocket's handshake, and refuse the client on the connection?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.sketch import quoted_from
from why401.detectors.server_texts import closing_place
from why401.detectors.traits import Trait
from why401.model import CauseFound, Certainty, Evidence, Finding
from why401.triage.closing import Closing
from why401.verdict.evidence import carried_secrets

REPORTS = ("transport/websocket-closed",)
NEEDS = frozenset({Trait.WEBSOCKET})

_GRAPHQL = "graphql-transport-ws"
_BEFORE_ACK = 4401


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where the code of the close, or the words with it, speak of credentials.

    Never proven: codes from 4000 on are each server's own, and the words are about what was sent on
    the connection, of which only the handshake is read.
    """
    closing = case.closing
    if closing is None:
        return
    is_graphql = _GRAPHQL in (case.response.headers.text("sec-websocket-protocol") or "")
    certainty = Certainty.LIKELY if closing.is_said or is_graphql else Certainty.POSSIBLE
    text = quoted_from(closing.text.strip(), carried_secrets(case), context.masker)
    shown = f"{closing.code} {text}".strip() if closing.code else text
    evidence = [Evidence(closing_place(closing), shown), Evidence("response.status", case.status)]
    sent = next((each for each in case.credentials if each.scheme != "cookie"), None)
    if sent is not None:
        evidence.append(Evidence("request.credential", sent.scheme))
    yield Finding(
        "transport/websocket-closed",
        certainty,
        tuple(evidence),
        (CauseFound(_cause(case, closing, is_graphql=is_graphql), certainty),),
    )


def _cause(case: Case, closing: Closing, *, is_graphql: bool) -> str:
    if is_graphql and closing.code == _BEFORE_ACK:
        return "before-ack"
    if closing.status == 403:
        return "forbidden"
    if not case.is_closed_at_once:
        return "ended"
    has_sent = any(each.from_client for each in case.exchange.websocket)
    return "refused" if has_sent or case.credentials else "not-sent"
