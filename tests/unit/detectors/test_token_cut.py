import pytest
from tests.exchanges import b64url
from tests.unit.detectors.diagnosed import diagnosed, jwt, outcome, refused, rules

TOKEN = jwt()


@pytest.mark.parametrize(
    ("lost", "certainty"),
    [
        pytest.param(2, "proven", id="a length that no encoder writes"),
        pytest.param(10, "proven", id="another such"),
        pytest.param(5, "likely", id="a length that a shorter signature could have"),
        pytest.param(20, "likely", id="23 letters"),
        pytest.param(40, "likely", id="three letters"),
    ],
)
def test_signature_is_cut(lost: int, certainty: str) -> None:
    token = TOKEN[:-lost]
    diagnosis = diagnosed(refused(f"Bearer {token}"), token)
    assert outcome(diagnosis) == ("auth/truncated#cut", certainty)
    assert not rules(diagnosis) & {"jwt/malformed", "jwt/signature-length", "jwt/expired"}


def test_cut_where_a_column_ends() -> None:
    token = jwt({"name": "n" * 300})[:255]
    assert "auth/truncated" in rules(diagnosed(refused(f"Bearer {token}"), token))


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(TOKEN, id="cured"),
        pytest.param(f"{TOKEN.rpartition('.')[0]}.", id="no signature at all"),
        pytest.param(f"{TOKEN.rpartition('.')[0]}.{b64url(b'x' * 48)}", id="another size"),
    ],
)
def test_whole_token(token: str) -> None:
    assert "auth/truncated" not in rules(diagnosed(refused(f"Bearer {token}")))
