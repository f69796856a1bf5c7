"""A handshake that worked, and a refusal on the connection."""

import msgspec
import pytest
from tests.exchanges import AT_S, exchange
from tests.unit.detectors.diagnosed import diagnosed, jwt, outcome, rules

from why401.model import Exchange, WebSocketMessage
from why401.triage.closing import CLOSE

RULE = "transport/websocket-closed"
INIT = WebSocketMessage(True, 1, b'{"type":"connection_init","payload":{}}', AT_S + 0.2)


def closed(
    code: int,
    reason: str = "",
    *before: WebSocketMessage,
    url: str = "https://api.example.com/ws?token=a1b2c3d4e5f6",
    protocol: str = "",
    after_s: float = 1.0,
) -> Exchange:
    end = WebSocketMessage(False, CLOSE, code.to_bytes(2) + reason.encode(), AT_S + after_s)
    made = exchange(
        url,
        headers=[("Upgrade", "websocket"), ("Connection", "Upgrade")],
        status=101,
        response_headers=[("Sec-WebSocket-Protocol", protocol)] if protocol else [],
    )
    return msgspec.structs.replace(made, websocket=(*before, end))


@pytest.mark.parametrize(
    ("made", "cause", "certainty"),
    [
        pytest.param(closed(3000), "refused", "likely", id="registered code"),
        pytest.param(closed(4401), "refused", "possible", id="private code"),
        pytest.param(closed(4401, "Unauthorized"), "refused", "likely", id="private code, said"),
        pytest.param(
            closed(1008, "Missing token", url="https://api.example.com/ws"),
            "not-sent",
            "likely",
            id="nothing sent",
        ),
        pytest.param(
            closed(1008, "Invalid token", INIT, url="https://api.example.com/ws"),
            "refused",
            "likely",
            id="sent in a message",
        ),
        pytest.param(closed(4403, "Forbidden"), "forbidden", "likely", id="forbidden"),
        pytest.param(
            closed(3000, "token expired", after_s=1800.0),
            "ended",
            "likely",
            id="after half an hour",
        ),
        pytest.param(
            closed(4401, "", INIT, protocol="graphql-transport-ws"),
            "before-ack",
            "likely",
            id="GraphQL, before the acknowledgement",
        ),
    ],
)
def test_the_refusal_is_told(made: Exchange, cause: str, certainty: str) -> None:
    found = diagnosed(made, "a1b2c3d4e5f6")
    assert outcome(found) == (f"{RULE}#{cause}", certainty)
    assert "auth/missing" not in rules(found)


def test_a_token_that_had_expired_is_why() -> None:
    token = jwt({"iat": int(AT_S) - 4680, "exp": int(AT_S) - 1080})
    found = diagnosed(closed(4401, "jwt expired", url=f"https://a.example.com/ws?token={token}"))
    assert (found.verdict or "").startswith("jwt/expired#")
    assert RULE in rules(found)


def test_a_token_that_expires_on_the_connection_was_good_for_the_handshake() -> None:
    token = jwt({"iat": int(AT_S) - 60, "exp": int(AT_S) + 600})
    url = f"https://a.example.com/ws?token={token}"
    found = diagnosed(closed(4401, "jwt expired", url=url, after_s=601.0))
    assert outcome(found) == (f"{RULE}#ended", "likely")
    assert not {rule for rule in rules(found) if rule.startswith("jwt/")}


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(closed(1000), id="normal"),
        pytest.param(closed(1011, "internal error"), id="a fault of the server"),
    ],
)
def test_silent(made: Exchange) -> None:
    assert diagnosed(made).findings == ()
