"""Calls that move from one version of the proxy to another and back while they stream: none fails.

What `make rehearsal` does with whole upgrades, with as few calls as tell something. Both versions are of this
tree and store holds in two forms: what is open of either stands beside what is open of the other.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import httpx
import pytest

from infra.local import build, deploy
from infra.local.emulator import start_front
from infra.local.free_ports import LOOPBACK, free_ports
from infra.local.front.fronted_functions import settings_of
from infra.local.processes.children import Children
from infra.local.stack import of_children
from tests.rehearsal import kept_books
from tests.rehearsal.moving_traffic import COST_OF_A_CALL, Traffic
from tollgate.aws import boto3_clients

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.local.stack import Stack

WORKERS = 4
CALLS = 3
SECONDS = 120


@pytest.fixture
def other_url(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """The base URL of a second front of the stack, whose proxy has another setting."""
    template = build.existing()
    assert template is not None
    (port,) = free_ports(1)
    settings = settings_of(port, stack.aws_endpoint_url, template, deploy.deployed(stack.aws_endpoint_url))
    told = {"HOLD_VERSION": "1"}
    functions = [replace(each, variables={**each.variables, **told}) for each in settings.functions]
    with Children(tmp_path / "logs", of_children(tmp_path)) as children:
        start_front(children, replace(settings, functions=functions), tmp_path)
        yield f"http://{LOOPBACK}:{port}/v1"


def test_calls_move_to_another_version_and_back_and_none_fails_or_is_lost(stack, other_url):
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    with httpx.Client(base_url=stack.admin_url, headers=headers, timeout=60) as admin:
        root = admin.post("/apiKey", json={"name": "of two versions", "budgetLimit": "10"}).json()
        below = {"name": "below", "parentId": root["id"], "quotaLimit": "10", "quotaPeriod": "month"}
        secret = admin.post("/apiKey", json=below).json()["key"]
    traffic = Traffic({"old": other_url, "new": stack.base_url}, [secret])
    with traffic.running(WORKERS):
        for share in (0, 0.5, 1, 0.5, 0):
            traffic.go_on(f"{share} of {traffic.calls}", share)
            for version in ["old"] * (share < 1) + ["new"] * (share > 0):
                answered(traffic, version)

    assert traffic.failures == []
    client = boto3_clients.raising_service_errors(
        boto3.client("dynamodb", endpoint_url=stack.aws_endpoint_url, region_name=stack.region)
    )
    books = kept_books.read(client, stack.outputs, root["id"])
    assert kept_books.faults(books, traffic.calls, COST_OF_A_CALL) == []


def answered(traffic: Traffic, version: str) -> None:
    deadline = time.monotonic() + SECONDS
    while traffic.answered(version) < CALLS and not traffic.failures:
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)
