import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.subprotocol import subprotocol_tokens

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"


@pytest.mark.parametrize(
    ("value", "tokens"),
    [
        pytest.param("bearer, opaque-token-1", ["opaque-token-1"], id="announced"),
        pytest.param(f"graphql-ws, access_token, {JWT}", [JWT], id="announced by its name"),
        pytest.param(f"{JWT},chat", [JWT], id="a JWT"),
        pytest.param(
            "v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.ZXlKaGJH",
            ["authorization.k8s.io.ZXlKaGJH"],
            id="Kubernetes",
        ),
        pytest.param("realtime, openai-insecure-api-key.abcdefgh", ["abcdefgh"], id="behind"),
        pytest.param("9f86d081884c7d659a2feaa0c55ad015", ["9f86d081884c7d659a2feaa0c55ad015"],
                     id="hex alone"),
        pytest.param("graphql-transport-ws", [], id="GraphQL"),
        pytest.param("openai-beta.realtime-v1, mqttv3.1, v12.stomp", [], id="versions"),
        pytest.param("token-auth-protocol-v1", [], id="a name that speaks of tokens"),
        pytest.param("token-auth-protocol-12", ["auth-protocol-12"], id="a name or a token"),
        pytest.param("token", [], id="announced, and nothing follows"),
        pytest.param("", [], id="empty"),
    ],
)  # fmt: skip
def test_tokens(value: str, tokens: list[str]) -> None:
    assert list(subprotocol_tokens(value)) == tokens


@given(st.text())
def test_any_text_is_taken(value: str) -> None:
    assert all(token in value for token in subprotocol_tokens(value))
