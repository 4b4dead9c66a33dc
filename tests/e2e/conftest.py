from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support import cli_runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.local.stack import Stack
    from tests.support.cli_runner import Ran


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    with httpx.Client(base_url=stack.admin_url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def tollgate(stack: Stack) -> Callable[..., Ran]:
    """Runs the command line on the stack, as its owner, with variables besides."""

    def run(*arguments: str, **variables: str) -> Ran:
        environment = {"TOLLGATE_URL": stack.api_url, "TOLLGATE_TOKEN": stack.admin_token, **variables}
        with httpx.HTTPTransport() as transport:
            return cli_runner.run(*arguments, transport=transport, environment=environment)

    return run
