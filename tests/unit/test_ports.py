"""Ports that are free, taken, or of no address of this machine."""

import errno
import socket

import pytest

from why401.ports import refusal_to_listen

HOSTS = [
    pytest.param("127.0.0.1", socket.AF_INET, id="IPv4"),
    pytest.param(
        "::1",
        socket.AF_INET6,
        id="IPv6",
        marks=pytest.mark.skipif(
            refusal_to_listen("::1", 0) is not None, reason="this machine has no IPv6"
        ),
    ),
]


@pytest.mark.parametrize(("host", "family"), HOSTS)
def test_a_port_is_refused_only_while_somebody_listens(
    host: str, family: socket.AddressFamily
) -> None:
    with socket.create_server((host, 0), family=family) as busy:
        port = busy.getsockname()[1]
        refused = refusal_to_listen(host, port)
    assert refused is not None
    assert refused.errno == errno.EADDRINUSE
    assert refusal_to_listen(host, port) is None


def test_an_address_of_another_machine_is_refused_for_that() -> None:
    refused = refusal_to_listen("203.0.113.1", 0)
    assert refused is not None
    assert refused.errno == errno.EADDRNOTAVAIL
