"""What the stack consists of: the AWS emulator (ministack), the front before it, and a mock provider.

The emulator runs functions as its child processes, everything else lives in its memory. The proxy's are the
front's children.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import httpx

from infra.local.environment import REGION, ROOT, TOOLS
from infra.local.free_ports import LOOPBACK, answers

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.front.front_server import Settings
    from infra.local.processes.children import Child, Children

READY_SECONDS = 60


def start_emulator(children: Children, port: int, scratch: Path) -> Child:
    return children.start(
        "emulator",
        [TOOLS / "bin/python", "-m", "ministack"],
        cwd=scratch,
        environment={
            "GATEWAY_PORT": str(port),
            "BIND_HOST": LOOPBACK,
            "MINISTACK_REGION": REGION,
            "LAMBDA_EXECUTOR": "local",
            # Listeners on ports of their own, which two stacks would quarrel about.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            # Keep off a Docker daemon that may be here: it would clear away other emulators' containers.
            "DOCKER_HOST": f"unix://{scratch / 'no-docker.sock'}",
        },
    )


def start_provider(children: Children, port: int) -> Child:
    return children.start(
        "provider",
        [sys.executable, "-m", "infra.mock_provider", "--host", LOOPBACK, "--port", str(port)],
        cwd=ROOT,
    )


def start_front(children: Children, settings: Settings, scratch: Path) -> Child:
    """Starts the front, and returns when it can be reached."""
    path = scratch / "front.json"
    path.write_text(json.dumps(asdict(settings)))
    child = children.start(
        "gateway", [sys.executable, "-m", "infra.local.front.front_server", path], cwd=ROOT
    )
    child.require_ready(lambda: answers(settings.port), READY_SECONDS)
    return child


def await_emulator(child: Child, endpoint_url: str) -> None:
    def healthy() -> bool:
        try:
            return httpx.get(f"{endpoint_url}/_ministack/health", trust_env=False, timeout=2).is_success
        except httpx.TransportError:
            return False

    child.require_ready(healthy, READY_SECONDS)


def await_provider(child: Child, port: int) -> None:
    child.require_ready(lambda: answers(port), READY_SECONDS)
