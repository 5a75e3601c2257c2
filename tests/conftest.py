"""For the whole suite: no test reaches the network, and a busy machine fails none."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says nothing about it here; in CI the same examples are tried each time.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("house")


class NetworkAttemptError(RuntimeError):
    """Something under test looked up a host or opened a connection."""


attempts: list[str] = []
"""Kept as well as raised, because a library may catch what is raised."""

_EVENTS = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    # A text address is that of a socket in the file system, which reaches no network.
    if event == "socket.connect" and isinstance(arguments[1], str | bytes):
        return
    attempts.append(event)
    raise NetworkAttemptError(event)


# An audit hook cannot be taken off again, and no library can go around it from Python.
sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def no_network() -> Iterator[list[str]]:
    """Fails the test that tried to reach the network, also when the attempt was caught underneath."""
    attempts.clear()
    yield attempts
    assert attempts == [], "the test tried to reach the network"
