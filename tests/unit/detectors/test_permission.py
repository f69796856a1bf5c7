"""Stories of a 403 with a credential that works elsewhere."""

from __future__ import annotations

import pytest
from tests.exchanges import basic, exchange
from tests.traffic import START_S, Traffic, bearer, tell
from tests.unit.detectors.diagnosed import diagnosed, jwt

from why401.model import Certainty

API = "https://api.example.com"
SENT = bearer("opaque-token-1")
SAYS = [
    pytest.param({"message": "Permission denied"}, Certainty.LIKELY, id="it says so"),
    pytest.param({"message": "Forbidden"}, Certainty.POSSIBLE, id="it only says no"),
]


@pytest.mark.parametrize(("answer", "certainty"), SAYS)
def test_the_same_credential_opened_something_else(answer: object, certainty: Certainty) -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/orders", 200, sent=SENT),
            traffic(f"DELETE {API}/users/1", 403, sent=SENT, answer=answer),
        ]
    )
    assert told.verdicts() == {"#2": "auth/forbidden-authenticated#no-permission"}
    assert told.diagnoses["#2"].certainty is certainty
    assert told.diagnoses["#2"].findings[0].related == ("#1",)


SILENT = [
    pytest.param("https://other.example", SENT, 403, {"message": "Forbidden"}, 1.0, id="host"),
    pytest.param(API, bearer("opaque-token-2"), 403, {"message": "Forbidden"}, 1.0, id="token"),
    pytest.param(API, SENT, 401, {"message": "Unauthorized"}, 1.0, id="a 401"),
    pytest.param(API, SENT, 403, {"message": "Token has expired"}, 1.0, id="it says expired"),
    pytest.param(API, SENT, 403, {"message": "Forbidden"}, 3600.0, id="long ago"),
    pytest.param(API, SENT, 403, {"message": "CSRF token missing"}, 1.0, id="a forgery check"),
]


@pytest.mark.parametrize(("origin", "sent", "status", "answer", "after_s"), SILENT)
def test_nothing_of_it(
    origin: str, sent: dict[str, str], status: int, answer: object, after_s: float
) -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/orders", 200, sent=SENT),
            traffic(f"POST {origin}/users", status, sent=sent, answer=answer, after_s=after_s),
        ]
    )
    assert "auth/forbidden-authenticated" not in told.rules("#2")


REALM = {"WWW-Authenticate": 'Basic realm="the intranet"'}
PASSWORD, OTHER = ({"Authorization": basic(f"alice:{each}")} for each in ("right-1", "wrong-1"))


@pytest.mark.parametrize(
    ("before", "path", "verdict"),
    [
        # Apache with `Require user bob`.
        pytest.param(PASSWORD, "/bob", "auth/forbidden-authenticated#not-here", id="elsewhere"),
        pytest.param(OTHER, "/bob", "basic/wrong-password#wrong", id="another password"),
    ],
)
def test_a_password_that_works_elsewhere(before: dict[str, str], path: str, verdict: str) -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/all", 200, sent=before),
            traffic(f"GET {API}{path}", 401, sent=PASSWORD, got=REALM),
        ]
    )
    assert told.verdicts() == {"#2": verdict}


@pytest.mark.parametrize(
    ("status", "message", "sent", "verdict"),
    [
        # As grpcio, Python, hands it on.
        pytest.param(
            "7", "caller lacks role admin", SENT, "auth/forbidden-authenticated", id="PERMISSION"
        ),
        pytest.param("16", "caller lacks role admin", SENT, "auth/unknown", id="UNAUTHENTICATED"),
        pytest.param("7", "token is expired", SENT, "bearer/invalid-token-opaque", id="expired"),
        pytest.param("7", "denied", {}, "auth/unknown", id="no credential"),
        pytest.param("0", "", SENT, None, id="cured"),
    ],
)
def test_what_grpc_says_by_its_status(
    status: str, message: str, sent: dict[str, str], verdict: str | None
) -> None:
    item = exchange(
        f"{API}/shop.Orders/Admin",
        method="POST",
        headers={"Content-Type": "application/grpc", **sent},
        response_headers={
            "Content-Type": "application/grpc",
            "grpc-status": status,
            "grpc-message": message,
        },
    )
    found = diagnosed(item)
    assert (found.verdict and found.verdict.partition("#")[0]) == verdict


def test_a_token_that_has_expired_in_between() -> None:
    traffic = Traffic()
    sent = bearer(jwt({"iat": int(START_S) - 60, "exp": int(START_S) + 3}))
    told = tell(
        [
            traffic(f"GET {API}/orders", 200, sent=sent),
            traffic(f"GET {API}/users", 403, sent=sent, after_s=60),
        ]
    )
    assert "auth/forbidden-authenticated" not in told.rules("#2")


def test_cured_the_permission_was_granted() -> None:
    traffic = Traffic()
    told = tell([traffic(f"GET {API}/a", 200, sent=SENT), traffic(f"GET {API}/b", 200, sent=SENT)])
    assert told.verdicts() == {}
