"""Admins who edit at once, each in a process of their own, as Lambda runs them."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import boto3

from infra.local.processes.parents import Parent
from tests.support.admin_client import Admin, FakeCredentials
from tollgate.aws import boto3_clients
from tollgate_admin import composition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_admin.settings import Settings

SECONDS = 60
EDITORS = 2


@dataclass(frozen=True)
class Edit:
    method: str
    path: str
    body: Any
    if_match: str = ""


class _Process:
    """What a process keeps: how to reach the tables, and what it waits at for the other one."""

    client: Any
    barrier: Any


class Editors:
    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def at_once(self, deployed: Settings, *edits: Edit) -> list[int]:
        """The statuses of two edits that begin together."""
        assert len(edits) == EDITORS
        made = [self._pool.submit(_edit, deployed, each) for each in edits]
        return [each.result(SECONDS) for each in made]


@contextmanager
def editing(endpoint_url: str) -> Iterator[Editors]:
    context = get_context("spawn")
    barrier = context.Barrier(EDITORS)
    with ProcessPoolExecutor(EDITORS, context, _install, (endpoint_url, barrier)) as pool:
        yield Editors(pool)


def _install(endpoint_url: str, barrier: Any) -> None:
    Parent().end_with_it()
    client = boto3.client("dynamodb", endpoint_url=endpoint_url)
    _Process.client, _Process.barrier = boto3_clients.raising_service_errors(client), barrier


def _edit(deployed: Settings, wanted: Edit) -> int:
    credentials: Any = FakeCredentials()
    services = composition.build_services(_Process.client, deployed, lambda: credentials)
    headers = {"if-match": wanted.if_match} if wanted.if_match else {}
    _Process.barrier.wait(SECONDS)
    return Admin(services)(wanted.method, wanted.path, wanted.body, headers=headers).status
