"""What is built of cli/: whole, installable without the repository, and without the network."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from typing import Any

import pytest

import tollgate
from infra.local.environment import ROOT

CLI = ROOT / "cli"
PROJECT: dict[str, Any] = tomllib.loads((CLI / "pyproject.toml").read_text())["project"]
# Each package, and where its source is.
PACKAGES = {
    "tollgate_cli": CLI,
    "tollgate_client": CLI,
    "tollgate": ROOT / "shared",
    "aws_wire": ROOT / "shared",
}
# The modules of the distributions that are named otherwise.
MODULES = {"PyYAML": "yaml"}
# Brought by boto3, and loaded where boto3 is.
WITH_BOTO3 = {"botocore"}


def run(*command, cwd, **options):
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(source, target, out):
    """What hatchling makes of a folder, by its own environment and no other."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out), cwd=source)
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built(CLI, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """The programs of an environment that has the wheel and, besides, what there is for development."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(folder), cwd=ROOT)
    python = folder / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    install = [uv, "pip", "install", "--offline", "--no-cache", "--no-deps", "--python", python, wheel]
    run(*map(str, install), cwd=folder)
    (site,) = folder.glob("lib/*/site-packages")
    (site / "development.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


def names(wheel):
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def described(wheel) -> Distribution:
    info = next(path for path in zipfile.Path(wheel).iterdir() if path.name.endswith(".dist-info"))
    return PathDistribution(info)


def test_the_wheel_has_each_package_whole_and_nothing_else(wheel):
    expected = {
        str(file.relative_to(source))
        for package, source in PACKAGES.items()
        for file in (source / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert names(wheel) == expected
    assert {f"{package}/py.typed" for package in PACKAGES} <= expected


def test_the_wheel_says_what_it_is(wheel):
    found = described(wheel)
    said = found.metadata
    assert (said["Name"], said["Version"]) == ("tollgate-cli", tollgate.__version__)
    assert (said["License-Expression"], said["Requires-Python"]) == ("Apache-2.0", ">=3.11")
    assert [(entry.name, entry.value) for entry in found.entry_points] == [
        ("tollgate", PROJECT["scripts"]["tollgate"])
    ]
    assert said["Description-Content-Type"] == "text/markdown"
    assert (found.read_text("licenses/LICENSE") or "") == (ROOT / "LICENSE").read_text()


def test_boto3_comes_for_those_alone_who_ask_for_it(wheel):
    required = [each.replace("'", '"') for each in described(wheel).requires or []]
    assert [each for each in required if "boto3" in each] == ['boto3>=1.40; extra == "aws"']


def test_what_is_imported_is_required():
    required = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["aws"]]
    distributions = [re.split(r"[^A-Za-z0-9_-]", each)[0] for each in required]
    known = {MODULES.get(each, each) for each in distributions} | WITH_BOTO3 | PACKAGES.keys()
    imported = set()
    for package, source in PACKAGES.items():
        for file in (source / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    imported |= {each.name.partition(".")[0] for each in node.names}
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    imported.add(str(node.module).partition(".")[0])
    foreign = {name for name in imported - sys.stdlib_module_names if not name.startswith("mypy_boto3")}
    assert foreign <= known


def test_the_command_runs_where_it_is_installed(environment, tmp_path):
    bare = {"PATH": "", "HOME": str(tmp_path)}
    shown = run(str(environment / "tollgate"), "--version", cwd=tmp_path, env=bare)
    assert shown == f"tollgate {tollgate.__version__}\n"
    look = "import aws_wire, tollgate, tollgate_cli; from tollgate_client import *; print(tollgate.__file__)"
    found = run(str(environment / "python"), "-c", look, cwd=tmp_path, env=bare)
    assert str(environment.parent) in found
    assert str(ROOT) not in found


def test_a_source_distribution_makes_the_same_wheel(wheel, tmp_path):
    source = built(CLI, "sdist", tmp_path / "sdist")
    with tarfile.open(source) as opened:
        opened.extractall(tmp_path, filter="data")
    again = built(tmp_path / source.name.removesuffix(".tar.gz"), "wheel", tmp_path / "wheel")
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_the_checkouts_own_command_runs_wherever_the_checkout_is(tmp_path):
    """As `make` puts it into .venv; from elsewhere, by a link, and without showing programs a PYTHONPATH."""
    checkout = tmp_path / "moved to" / "it's here"
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    for folder in ("cli", "shared"):
        (checkout / folder).symlink_to(ROOT / folder)
    (programs / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (programs / "python").chmod(0o755)
    (programs / "tollgate").write_bytes((ROOT / "infra" / "local" / "tollgate.sh").read_bytes())
    (programs / "tollgate").chmod(0o755)
    (tmp_path / "link").symlink_to(programs / "tollgate")
    # What is in the working directory is nobody's to import.
    (tmp_path / "typer.py").write_text("raise SystemExit('imported from the working directory')")
    for command in (programs / "tollgate", tmp_path / "link", "./link"):
        assert run(str(command), "--version", cwd=tmp_path) == f"tollgate {tollgate.__version__}\n"
