from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.environment import isolated
from infra.local.free_ports import Ports
from infra.local.stack import Stack, running
from infra.mock_otlp import otlp_receiver
from tests.support.folder_times import FolderTimes
from tests.support.processes import end_in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.mock_otlp.otlp_receiver import Receiver


def pytest_configure(config: pytest.Config) -> None:
    """No test reaches an AWS account, whatever the machine is configured for."""
    config.pluginmanager.register(FolderTimes())
    end_in_order()
    environment = isolated(os.environ)
    os.environ.clear()
    os.environ.update(environment)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spreads modules over pytest-xdist's processes, but what needs the stack stays in one of them."""
    from tests.support.scheduling import OneStack

    return OneStack(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at all that the stack's tests have left comes after them."""
    items.sort(key=lambda item: item.get_closest_marker("last_on_the_stack") is not None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stack", metavar="STACK.JSON", help="use a running local stack, and start none")


@pytest.fixture(scope="session")
def told() -> Iterator[Receiver]:
    """Whom the stack tells of its calls: nobody else's, and not those of a stack that runs already."""
    with otlp_receiver.running() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def stack(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, told: Receiver
) -> Iterator[Stack]:
    """The whole system, deployed to an emulator; one for all tests that ask for it."""
    described = pytestconfig.getoption("--stack")
    if described is not None:
        yield Stack(**json.loads(Path(described).read_text()))
        return
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def report(step: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n  local stack: {step}", end="", flush=True)

    folder = tmp_path_factory.mktemp("stack")
    with running(Ports.free(), folder, report, otlp_endpoint=told.url) as local:
        report("ready\n")
        yield local.stack
