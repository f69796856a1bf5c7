import pytest
from tests.exchanges import AT_S, exchange
from tests.unit.detectors.diagnosed import diagnosed, finding, jwt, outcome, refused, rules

TOKEN = jwt()


@pytest.mark.parametrize(
    ("says", "certainty"),
    [
        pytest.param(None, "likely", id="bytes"),
        pytest.param("Multiple authorization headers", "proven", id="words"),
    ],
)
def test_two_fields(says: str | None, certainty: str) -> None:
    sent = exchange(
        "https://api.example.com/a",
        headers=[("Authorization", f"Bearer {TOKEN}"), ("authorization", f"Bearer {TOKEN}")],
        status=401,
        json={"message": says},
        at_s=AT_S,
    )
    assert outcome(diagnosed(sent, TOKEN)) == ("auth/duplicate-header#set-twice", certainty)


def test_two_values_joined_by_a_comma() -> None:
    diagnosis = diagnosed(refused(f"Bearer {TOKEN}, Bearer {TOKEN}"), TOKEN)
    assert "auth/duplicate-header" in rules(diagnosis)


def test_one_field_is_not_sent_twice() -> None:
    assert "auth/duplicate-header" not in rules(diagnosed(refused(f"Bearer {TOKEN}")))


def test_two_places_with_different_tokens() -> None:
    url = "https://api.example.com/a?access_token=abcdef0123456789"
    stated = refused(
        f"Bearer {TOKEN}", url=url, status=400, challenge='Bearer error="invalid_request"'
    )
    assert outcome(diagnosed(stated, TOKEN, "abcdef0123456789")) == (
        "auth/multiple-methods#two-places",
        "likely",
    )


SIGNED = "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=ab12"
ONLY_ONE = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, ..."


@pytest.mark.parametrize(
    ("says", "certainty"),
    [pytest.param(ONLY_ONE, "proven", id="S3 says so"), pytest.param("no", "possible", id="bytes")],
)
def test_a_token_beside_a_presigned_url(says: str, certainty: str) -> None:
    sent = refused(f"Bearer {TOKEN}", url=SIGNED, status=400 if "one" in says else 401, says=says)
    found = finding(diagnosed(sent, TOKEN), "auth/multiple-methods")
    assert found.causes[0].certainty.value == certainty


def test_two_places_with_the_same_token() -> None:
    sent = refused(f"Bearer {TOKEN}", url=f"https://api.example.com/a?access_token={TOKEN}")
    assert "auth/multiple-methods" not in rules(diagnosed(sent))
