from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.local_errors import UnusableError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """The ports that the local stack listens on, all on the loopback interface only."""

    gateway: int = 4565
    emulator: int = 4566
    provider: int = 4567

    @classmethod
    def chosen(cls, environment: Mapping[str, str]) -> Ports:
        """What TOLLGATE_PORT and its like name, which make sets to its PORT and so on.

        Raises UnusableError for what is no port.
        """
        return cls(
            gateway=_port_number(environment, "TOLLGATE_PORT", cls.gateway),
            emulator=_port_number(environment, "TOLLGATE_EMULATOR_PORT", cls.emulator),
            provider=_port_number(environment, "TOLLGATE_PROVIDER_PORT", cls.provider),
        )

    @classmethod
    def free(cls) -> Ports:
        return cls(*free_ports(3))

    def require_free(self) -> None:
        """Raises UnusableError naming the first port that can't be listened on, and how to choose another."""
        purposes: dict[int, str] = {}
        for port, purpose, variable in (
            (self.gateway, "the gateway", "PORT"),
            (self.emulator, "the AWS emulator", "EMULATOR_PORT"),
            (self.provider, "the mock provider", "PROVIDER_PORT"),
        ):
            if port in purposes:
                raise UnusableError(f"Port {port} is chosen for both {purposes[port]} and {purpose}.")
            purposes[port] = purpose
            _require_free(port, purpose, variable)


def free_ports(count: int) -> list[int]:
    listeners = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    try:
        return [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _port_number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        typed = name.removeprefix("TOLLGATE_")
        raise UnusableError(f"{typed}={text} is not a port: use a number from 1 to 65535.")
    return int(text)


def _require_free(port: int, purpose: str, variable: str) -> None:
    advice = f"Choose another: make local {variable}={port + 1000 if port < 64536 else port - 1000}"
    # Connecting too: some systems let a loopback address be bound beside a listener on all of them.
    if answers(port):
        raise UnusableError(f"Port {port}, for {purpose}, is taken. {advice}")
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError as error:
        message = f"Port {port}, for {purpose}, can't be used ({error.strerror}). {advice}"
        raise UnusableError(message) from error
