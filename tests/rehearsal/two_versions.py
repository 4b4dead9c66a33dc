"""One stack on the emulator whose proxy runs in two versions at once: an older one, and this tree's."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import boto3
import httpx

from infra.local import deploy
from infra.local.emulator import (
    await_emulator,
    await_provider,
    start_emulator,
    start_front,
    start_provider,
)
from infra.local.environment import REGION
from infra.local.free_ports import LOOPBACK, free_ports
from infra.local.front.fronted_functions import settings_of
from infra.local.processes.children import Children
from infra.local.seed import seed
from infra.local.stack import of_children
from tollgate.aws import boto3_clients

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from infra.local.deploy import Deployment

_SECONDS = 60
_BUDGET = "1000"
_KEYS = 3


@dataclass
class TwoVersions:
    """`templates` are the built templates of `old` and `new`; `settings` what a version is told besides."""

    children: Children
    scratch: Path
    endpoint_url: str
    provider_url: str
    templates: Mapping[str, Path]
    settings: Mapping[str, Mapping[str, str]]
    deployment: Deployment
    urls: dict[str, str] = field(default_factory=dict)

    def deploy(self, version: str) -> None:
        """As `sam deploy` does it: functions, but for those that stream, and what else the template has."""
        self.deployment = deploy.deploy(self.children, self.templates[version], self.endpoint_url)

    def serve(self, version: str) -> None:
        """Starts environments of the version's proxy, as it was deployed last."""
        (port,) = free_ports(1)
        settings = settings_of(port, self.endpoint_url, self.templates[version], self.deployment)
        told = [
            replace(each, variables={**each.variables, **self.settings.get(version, {})})
            for each in settings.functions
        ]
        start_front(self.children, replace(settings, functions=told), self.scratch)
        self.urls[version] = f"http://{LOOPBACK}:{port}"

    def seeded(self, version: str) -> tuple[str, list[str]]:
        """The id of a root key, and the secrets of keys below it."""
        url, token = f"{self.urls[version]}/api/admin", self.deployment.admin_token
        seed(url, token, self.provider_url)
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=_SECONDS) as admin:
            root = _created(admin, {"name": "root", "budgetLimit": _BUDGET})
            below = [
                _created(
                    admin,
                    {
                        "name": f"child {number}",
                        "parentId": root["id"],
                        "budgetLimit": _BUDGET,
                        "quotaLimit": _BUDGET,
                        "quotaPeriod": "month",
                    },
                )
                for number in range(_KEYS)
            ]
        return root["id"], [each["key"] for each in below]

    def table(self) -> Any:
        session = boto3.Session("test", "test", region_name=REGION)
        return boto3_clients.raising_service_errors(
            session.client("dynamodb", endpoint_url=self.endpoint_url)
        )

    def invoke(self, function: str, payload: bytes) -> str | None:
        """What a function of the stack, called by its alias, says of a failure; None if it has none."""
        client: Any = deploy.EmulatedAws(self.endpoint_url).lambda_()
        answer = client.invoke(
            FunctionName=self.deployment.functions[function], Qualifier=deploy.ALIAS, Payload=payload
        )
        said: str = answer["Payload"].read().decode()
        return said if "FunctionError" in answer else None


@contextmanager
def two_versions(
    templates: Mapping[str, Path], settings: Mapping[str, Mapping[str, str]], state: Path
) -> Iterator[TwoVersions]:
    """Begins with the old version, deployed and served."""
    scratch = state / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    emulator_port, provider_port = free_ports(2)
    with Children(state / "logs", of_children(scratch)) as children:
        emulator = start_emulator(children, emulator_port, scratch)
        provider = start_provider(children, provider_port)
        endpoint_url = f"http://{LOOPBACK}:{emulator_port}"
        await_emulator(emulator, endpoint_url)
        await_provider(provider, provider_port)
        versions = TwoVersions(
            children,
            scratch,
            endpoint_url,
            f"http://{LOOPBACK}:{provider_port}",
            templates,
            settings,
            deploy.deploy(children, templates["old"], endpoint_url),
        )
        versions.serve("old")
        yield versions


def state_folder(root: Path) -> Path:
    """Of a rehearsal, which is this process's alone."""
    return root / f"run-{os.getpid()}"


def _created(admin: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = admin.post("/apiKey", json=body)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    created: dict[str, Any] = answer.json()
    return created
