import pytest
from tests.unit.detectors.diagnosed import diagnosed, finding, jwt, refused, rules

RULE = "transport/credentials-over-http"


def test_credential_over_http() -> None:
    token = jwt()
    diagnosis = diagnosed(refused(f"Bearer {token}", url="http://api.example.com/a"), token)
    assert finding(diagnosis, RULE).severity == "info"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://api.example.com/a", id="cured"),
        pytest.param("http://127.0.0.1:8000/a", id="own machine"),
        pytest.param("http://shop.localhost/a", id="name of the own machine"),
    ],
)
def test_protected_or_local(url: str) -> None:
    assert RULE not in rules(diagnosed(refused(f"Bearer {jwt()}", url=url)))
