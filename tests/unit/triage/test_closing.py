"""What a server says when it closes a WebSocket, or in its first messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.model import WebSocketMessage
from why401.triage.closing import CLOSE, closing_of


def close(code: int, reason: str = "", *, from_client: bool = False) -> WebSocketMessage:
    return WebSocketMessage(from_client, CLOSE, code.to_bytes(2) + reason.encode(), 5.0)


def text(data: str, *, from_client: bool = False) -> WebSocketMessage:
    return WebSocketMessage(from_client, 1, data.encode(), 4.0)


@pytest.mark.parametrize(
    ("messages", "status", "is_said"),
    [
        pytest.param([close(3000)], 401, True, id="registered as Unauthorized"),
        pytest.param([close(3003)], 403, True, id="registered as Forbidden"),
        pytest.param([close(4401)], 401, False, id="usual"),
        pytest.param([close(4403, "Forbidden")], 403, True, id="usual, and the words agree"),
        pytest.param([close(1008, "Invalid token")], 401, True, id="policy, of a token"),
        pytest.param([close(1008, "token 已过期")], 401, True, id="in Chinese"),
        pytest.param([close(4004, "Authentication failed.")], 401, True, id="private, said"),
        pytest.param(
            [text('{"type":"connection_error","payload":{"message":"Missing auth token"}}')],
            401,
            True,
            id="subscriptions-transport-ws",
        ),
        pytest.param(
            [text('0{"sid":"a"}'), text('44{"message":"not authorized"}')],
            401,
            True,
            id="Socket.IO",
        ),
        pytest.param([text('44/admin,{"message":"Unauthorized"}')], 401, True, id="its namespace"),
        pytest.param(
            [
                text('{"type":"auth_required"}'),
                text('{"type":"auth","access_token":"t"}', from_client=True),
                text('{"type":"auth_invalid","message":"Invalid access token or password"}'),
            ],
            401,
            True,
            id="Home Assistant",
        ),
    ],
)
def test_a_refusal(messages: list[WebSocketMessage], status: int, is_said: bool) -> None:
    found = closing_of(messages)
    assert found is not None
    assert (found.status, found.is_said) == (status, is_said)


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([], id="nothing yet"),
        pytest.param([close(1000, "token refreshed")], id="normal"),
        pytest.param([close(1001, "going away, session expired")], id="going away"),
        pytest.param([close(4401, from_client=True)], id="the client's own"),
        pytest.param([close(1008, "message too big")], id="another policy"),
        pytest.param([close(1008, "Invalid token < in JSON")], id="a parser's token"),
        pytest.param([close(4429, "rate limit: no token left")], id="a bucket's token"),
        pytest.param([close(4000, "session ended")], id="a private code"),
        pytest.param([WebSocketMessage(False, CLOSE, b"", 5.0)], id="no code"),
        pytest.param([text('{"type":"connection_ack"}'), close(1000)], id="accepted"),
        pytest.param([text('{"type":"connection_error","payload":"busy"}')], id="another error"),
        pytest.param([text('42["news","invalid token"]')], id="an event"),
        pytest.param([text('{"type":"chat","text":"invalid token"}')], id="a chat"),
        pytest.param([*[text("{}")] * 3, text('44{"message":"unauthorized"}')], id="later"),
    ],
)
def test_no_refusal(messages: list[WebSocketMessage]) -> None:
    assert closing_of(messages) is None


def test_a_token_that_the_server_repeats_is_left_out() -> None:
    token = "a1b2c3d4e5f6g7h8"
    sent = text(f'{{"type":"connection_init","payload":{{"token":"{token}"}}}}', from_client=True)
    found = closing_of([sent, close(4401, f"invalid token: {token}")])
    assert found is not None
    assert found.text == "invalid token: …"


@given(
    st.lists(st.builds(WebSocketMessage, st.booleans(), st.integers(), st.binary(), st.floats()))
)
def test_any_messages_can_be_looked_at(messages: list[WebSocketMessage]) -> None:
    closing_of(messages)
