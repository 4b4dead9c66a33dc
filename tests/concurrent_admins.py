"""Admins who edit at once, each in a process of their own, as Lambda runs them."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import boto3

from tests.admin_client import TOKEN, Admin, FakeCredentials
from tollgate_admin import handler, services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_admin.settings import Settings

SECONDS = 60


@dataclass(frozen=True)
class Edit:
    method: str
    path: str
    body: Any
    if_match: str = ""


class Editors:
    def __init__(self, pool: ProcessPoolExecutor, number: int) -> None:
        self._pool = pool
        self._number = number

    def at_once(self, *edits: Edit) -> list[int]:
        """The statuses of edits that begin together, one for each editor."""
        assert len(edits) == self._number
        return [made.result(SECONDS) for made in [self._pool.submit(_edit, each) for each in edits]]


@contextmanager
def editing(endpoint_url: str, deployed: Settings, number: int = 2) -> Iterator[Editors]:
    context = get_context("spawn")
    barrier = context.Barrier(number)
    with ProcessPoolExecutor(number, context, _install, (endpoint_url, deployed, barrier)) as pool:
        yield Editors(pool, number)


def _install(endpoint_url: str, deployed: Settings, barrier: Any) -> None:
    client = boto3.client("dynamodb", endpoint_url=endpoint_url)
    installed = services.over(client, deployed, FakeCredentials())
    services.get = lambda: installed
    handler._token = lambda: TOKEN
    global _admin, _barrier
    _admin, _barrier = Admin(installed), barrier


def _edit(wanted: Edit) -> int:
    _barrier.wait(SECONDS)
    headers = {"if-match": wanted.if_match} if wanted.if_match else {}
    return _admin(wanted.method, wanted.path, wanted.body, headers=headers).status
