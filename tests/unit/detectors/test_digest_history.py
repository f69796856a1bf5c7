from dataclasses import replace
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import finding, refused, rules
from tests.unit.detectors.digests import RIGHT, challenge, header
from tests.unit.detectors.keyed import HOST, diagnosed

from why401.keys import Keys
from why401.model import Exchange

URL = f"https://{HOST}/orders?page=2"


def offered(nonce: str = "n0nce", opaque: str = "o") -> Exchange:
    made = challenge().replace('nonce="new"', f'nonce="{nonce}"')
    return refused(challenge=made.replace('opaque="o"', f'opaque="{opaque}"'), url=URL)


def used(nc: str, **response_headers: str) -> Exchange:
    sent = header(replace(RIGHT, nc=nc), "00" * 32, opaque='"o"')
    return exchange(
        URL, headers={"Authorization": sent}, id=f"used-{nc}", response_headers=response_headers
    )


def tried(nc: str = "00000002", nonce: str = "n0nce", opaque: str | None = '"o"') -> Exchange:
    extra = {} if opaque is None else {"opaque": opaque}
    sent = header(replace(RIGHT, nc=nc, nonce=nonce), "00" * 32, **extra)
    return refused(sent, challenge=challenge(), url=URL)


FIRING: list[Any] = [
    pytest.param(
        (offered(), used("00000002")), tried("00000002"), "nonce-reused#same-count", id="same count"
    ),
    pytest.param(
        (offered(), used("00000005")), tried("00000002"), "nonce-reused#not-rising", id="not rising"
    ),
    pytest.param(
        (offered(),), tried(nonce="made-up"), "nonce-mismatch#never-offered", id="unknown nonce"
    ),
    pytest.param((offered(),), tried(opaque=None), "opaque-mismatch#left-out", id="no opaque"),
    pytest.param((offered(),), tried(opaque='"x"'), "opaque-mismatch#changed", id="other opaque"),
    pytest.param((offered(opaque=""),), tried(opaque=None), "opaque-mismatch#left-out", id="empty"),
    pytest.param((), tried(opaque=None), "opaque-mismatch#left-out", id="no opaque, unseen nonce"),
]


@pytest.mark.parametrize(("before", "sent", "verdict"), FIRING)
def test_against_what_went_before(
    before: tuple[Exchange, ...], sent: Exchange, verdict: str
) -> None:
    rule, _, cause = f"digest/{verdict}".partition("#")
    found = finding(diagnosed(sent, Keys(), *before), rule)
    assert found.causes[0].id == cause
    assert found.causes[0].certainty != "proven"


CURED: list[Any] = [
    pytest.param((offered(), used("00000001")), tried("00000002"), id="count rises"),
    pytest.param((offered(),), tried("00000001"), id="first use"),
    pytest.param((), tried("00000001"), id="nothing known"),
    pytest.param(
        (offered("old"), used("00000001", **{"Authentication-Info": 'nextnonce="n2"'})),
        tried("00000001", nonce="n2"),
        id="nextnonce",
    ),
    pytest.param((offered("other"), offered()), tried("00000001"), id="several nonces"),
]


@pytest.mark.parametrize(("before", "sent"), CURED)
def test_in_step_with_what_went_before(before: tuple[Exchange, ...], sent: Exchange) -> None:
    assert rules(diagnosed(sent, Keys(), *before)) == {"digest/wrong-password"}
