"""Fixtures for all tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from tests.servers import Clock

from why401.sandbox import Sandbox

# A shell that starts the tests in the background has Ctrl-C ignored, and so would every program be
# that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# How fast a machine is belongs into benchmarks: here it would only fail tests at random.
settings.register_profile("why401", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("why401")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox on the machine's clock; its state is shared by the whole session."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    """The clock of `clocked_sandbox`."""
    return Clock()


@pytest.fixture
def clocked_sandbox(clock: Clock) -> Iterator[Sandbox]:
    """A sandbox of its own whose time a test sets."""
    with Sandbox(clock) as running:
        yield running
