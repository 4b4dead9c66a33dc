"""The fences between packages: they enclose whatever there is, and what climbs over one is seen."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
TOOLS = PYPROJECT["tool"]
LINTER = TOOLS["importlinter"]
CONTRACTS = {contract["name"]: contract for contract in LINTER["contracts"]}
PATHS = TOOLS["pytest"]["ini_options"]["pythonpath"]
FUNCTIONS = {path.name for path in (ROOT / "functions").glob("*/tollgate_*")}
DEPLOYED = FUNCTIONS | {"tollgate", "aws_wire", "lambda_streaming"}
# What operators and developers install.
INSTALLABLE = {path.name for path in (ROOT / "cli").glob("tollgate_*")}
BIN = Path(sys.executable).parent

DOMAIN = "The domain's capabilities are layers"
RULES = "Rules know neither tables nor AWS, neither HTTP clients nor web frameworks"
PROXY = "The proxy's packages are layers"
START = "The proxy starts without what is dear to import"
ADMIN = "The admin API's packages are layers"
ALERTS = "The alerts' packages are layers"
TELEMETRY = "Telemetry's packages are layers"
APART = "Functions share nothing but the layer"
WIRE = "The wire client's modules are layers"
CLIENT = "The wire client knows nothing of what it serves, and does without what it replaces"
RUNTIME = "The domain and the runtime know nothing of each other"
OUTSIDE = "What is deployed knows nothing of what deploys and tests it"
INFRA = "The local stack knows the provider it starts, operators' tools neither"
OPS = "Operators' tools run against what is deployed"
TESTS = "Tests are for nobody but tests"
CLIENTS = "Stores are handed their clients"
INSTALLED = "The command line is installed without the repository"
PYTHON_CLIENT = "The Python client stands by itself"
PYTHON_CLIENT_LAYERS = "The Python client's modules are layers"
COMMAND_LINE = "The command line's packages are layers"


class Smuggled(NamedTuple):
    """A module that nobody may have: where it would be, what it imports, and which contract it breaks."""

    contract: str
    folder: str
    imports: str


SMUGGLED = (
    Smuggled(DOMAIN, "shared/tollgate/pricing", "tollgate.keys.families"),
    Smuggled(RULES, "shared/tollgate/keys/policies", "boto3"),
    Smuggled(RULES, "shared/tollgate/pricing/provider_usage", "botocore.exceptions"),
    *(
        Smuggled(RULES, "shared/tollgate/keys", each)
        for each in ("requests", "s3transfer", "pydantic_core", "tollgate.keys.store.keys_table")
    ),
    Smuggled(RULES, "shared/tollgate", "tollgate.aws.dynamodb"),
    Smuggled(RULES, "shared/tollgate/pricing", "aws_wire.dynamodb"),
    Smuggled(RULES, "shared/tollgate/keys", "aws_wire.errors"),
    Smuggled(CLIENTS, "shared/tollgate/keys", "aws_wire.dynamodb"),
    Smuggled(PROXY, "functions/proxy/tollgate_proxy/request", "tollgate_proxy.gateway"),
    *(
        Smuggled(START, "functions/proxy/tollgate_proxy/request", each)
        for each in ("pydantic_core", "botocore.signers", "tollgate.aws.boto3_clients")
    ),
    Smuggled(ADMIN, "functions/admin/tollgate_admin/web", "tollgate_admin.keys.commands"),
    Smuggled(ALERTS, "functions/alerts/tollgate_alerts/message", "tollgate_alerts.alerting"),
    Smuggled(TELEMETRY, "functions/telemetry/tollgate_telemetry/signals", "tollgate_telemetry.call_export"),
    Smuggled(APART, "functions/rollup/tollgate_rollup", "tollgate_sweeper.handler"),
    Smuggled(RUNTIME, "shared/tollgate/ledger", "lambda_streaming.logs"),
    Smuggled(RUNTIME, "shared/lambda_streaming", "tollgate.clock"),
    Smuggled(WIRE, "shared/aws_wire/dynamodb", "aws_wire.ssm"),
    *(Smuggled(CLIENT, "shared/aws_wire", each) for each in ("tollgate.clock", "botocore.auth", "urllib3")),
    Smuggled(OUTSIDE, "functions/proxy/tollgate_proxy/answers", "infra.ops.deploy_check"),
    Smuggled(OUTSIDE, "functions/proxy/tollgate_proxy/answers", "tests.support.builders"),
    Smuggled(INFRA, "infra/mock_provider", "infra.local.stack"),
    Smuggled(INFRA, "infra/ops", "infra.local.stack"),
    Smuggled(OPS, "infra/ops", "infra.mock_provider.server"),
    Smuggled(TESTS, "infra/local", "tests.support.builders"),
    Smuggled(INSTALLED, "cli/tollgate_cli/commands", "tollgate_admin.settings"),
    Smuggled(INSTALLED, "cli/tollgate_client/generated", "infra.local.stack"),
    *(Smuggled(PYTHON_CLIENT, "cli/tollgate_client/generated", each) for each in ("typer", "tollgate.clock")),
    Smuggled(PYTHON_CLIENT_LAYERS, "cli/tollgate_client/generated", "tollgate_client.clients"),
    Smuggled(COMMAND_LINE, "cli/tollgate_cli/output", "tollgate_cli.session.current"),
)
# What no contract sees, ruff does: in all of these, so that a file whose imports may pass is none of them.
BANNED_IN = (
    "shared/tollgate/pricing",
    "functions/proxy/tollgate_proxy/options",
    "functions/admin/tollgate_admin/keys",
    "functions/alerts/tollgate_alerts/message",
    "functions/rollup/tollgate_rollup",
    "functions/sweeper/tollgate_sweeper",
    "functions/console/tollgate_console",
    "functions/telemetry/tollgate_telemetry",
)
BANNED = ("boto3", "botocore.exceptions", "urllib3", "urllib.request", "http.client", "socket", "requests")
CALLS = ('importlib.import_module("boto3")', 'builtins.__import__("boto3")')


def module(folder: str, number: int) -> str:
    packages = [part for path in sorted(PATHS, key=len) if folder.startswith(part := f"{path}/")]
    return f"{folder.removeprefix(packages[-1] if packages else '').replace('/', '.')}.smuggled_{number}"


def package(name: str) -> Path:
    """The folder of a root package. To look for it everywhere would take seconds for what is installed."""
    (found,) = (ROOT / path / name for path in PATHS if (ROOT / path / name).is_dir())
    return found


def put(root: Path, folder: str, number: int, text: str) -> None:
    (root / folder).mkdir(exist_ok=True)
    (root / folder / "__init__.py").touch()
    (root / folder / f"smuggled_{number}.py").write_text(text)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("smuggled")
    shutil.copy(ROOT / "pyproject.toml", root)
    skipped = shutil.ignore_patterns("__pycache__", ".*", "node_modules")
    for folder in ("shared", "functions", "cli", "infra"):
        shutil.copytree(ROOT / folder, root / folder, ignore=skipped)
    return root


@pytest.fixture(scope="module")
def broken(copy: Path) -> Mapping[str, str]:
    """What import-linter says of each contract that something smuggled breaks."""
    for number, each in enumerate(SMUGGLED):
        put(copy, each.folder, number, f"import {each.imports}\n")
    path = os.pathsep.join(str(copy / each) for each in PATHS)
    ran = subprocess.run(
        [BIN / "lint-imports", "--no-cache"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    said = ran.stdout.partition("\nBroken contracts\n")[2]
    parts = re.split(r"^(.+)\n-+\n", said, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(("number", "smuggled"), [*enumerate(SMUGGLED)])
def test_what_is_smuggled_in_is_found(number: int, smuggled: Smuggled, broken: Mapping[str, str]):
    assert (
        f"{module(smuggled.folder, number)} -> {smuggled.imports.partition('.')[0]}"
        in broken[smuggled.contract]
    )


def test_each_contract_is_tried():
    assert {each.contract for each in SMUGGLED} == set(CONTRACTS)


def test_only_those_who_may_talk_to_the_world(copy: Path):
    lines = [*(f"import {each}" for each in BANNED), "import builtins", "import importlib", *CALLS]
    for folder in BANNED_IN:
        put(copy, folder, 1000, "\n".join(lines))
    ran = subprocess.run(
        [BIN / "ruff", "check", "--no-cache", "--select", "TID251", "--output-format", "concise", "."],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    found = sorted(re.findall(r"^(\S+)/smuggled_1000\.py:(\d+):", ran.stdout, re.MULTILINE))
    seen = [str(number) for number, line in enumerate(lines, 1) if line[7:] not in {"builtins", "importlib"}]
    assert found == sorted((folder, number) for folder in BANNED_IN for number in seen)


def test_nothing_is_imported_by_the_builtin():
    """Which ruff knows by its module alone."""
    builtin = re.compile("__(?:import|builtins|loader|spec)__")
    modules = {path: path.read_text() for name in DEPLOYED for path in package(name).rglob("*.py")}
    calling = [
        path
        for path, text in modules.items()
        if builtin.search(text)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Name) and builtin.fullmatch(node.id)
    ]
    assert modules
    assert calling == []


def test_whatever_can_be_imported_is_checked():
    """What lies beside the packages would be as well known to all functions, or to one."""
    folders = [ROOT / "shared", *(ROOT / "functions").iterdir()]
    found = {
        path.stem
        for folder in folders
        if folder.is_dir()
        for path in folder.iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
    }
    assert found == DEPLOYED
    assert set(LINTER["root_packages"]) == DEPLOYED | INSTALLABLE | {"infra"}
    assert {Path(path).name for path in TOOLS["mypy"]["files"]} == DEPLOYED | INSTALLABLE | {"infra", "tests"}


def test_what_is_deployed_is_named_by_each_contract_about_it():
    assert set(CONTRACTS[OUTSIDE]["source_modules"]) == DEPLOYED
    assert set(CONTRACTS[APART]["modules"]) == FUNCTIONS
    assert set(CONTRACTS[RULES]["source_modules"]) == {"tollgate", "tollgate.**"}


def test_layers_leave_nothing_out():
    layers = [contract for contract in CONTRACTS.values() if contract["type"] == "layers"]
    assert all(contract["exhaustive"] for contract in layers)
    grown = {name for name in LINTER["root_packages"] for path in package(name).glob("*/__init__.py")}
    assert {name for contract in layers for name in contract["containers"]} == grown
