"""Known vulnerabilities of everything that requirements and the console's lock name: pip-audit and npm audit.

Both ask a service of the internet. A mirror may know packages and no vulnerabilities, and then both tools say
that all is well; so each is asked first about a version that is known to be vulnerable. Where that isn't
found, nothing is audited, and that is what is said.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infra.checks import accepted, check_programs
from infra.local.environment import LOCAL, ROOT, isolated
from infra.local.local_errors import UnavailableError
from infra.local.web.node import node

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REQUIREMENTS = sorted([*ROOT.glob("requirements/*.txt"), *ROOT.glob("functions/*/requirements.txt")])
CONSOLE = ROOT / "functions/console/web"
# Long known, and never to be anything but vulnerable.
KNOWN_IN_PYTHON = "urllib3==1.26.4"
KNOWN_IN_NODE = ("minimist", "0.0.8")
_ANSWER_SECONDS = 10


@dataclass(frozen=True, order=True)
class Vulnerability:
    package: str
    id: str
    fixed: str = ""
    """In which versions; empty if that isn't said."""

    def __str__(self) -> str:
        return f"{self.package} has {self.id}{f', fixed in {self.fixed}' if self.fixed else ''}"


# Vulnerabilities, and packages that the service doesn't know.
_Found = tuple[set[Vulnerability], set[str]]


@dataclass(frozen=True)
class Audit:
    subject: str
    vulnerabilities: tuple[Vulnerability, ...] = ()
    unaudited: tuple[str, ...] = ()
    """Packages that the service doesn't know."""
    unavailable: str = ""
    """Why nothing was audited; empty if it was."""

    def faults(self) -> list[str]:
        known = accepted.vulnerabilities()
        return [f"{self.subject}: {each}" for each in self.vulnerabilities if each.id not in known]


def audits() -> list[Audit]:
    return [audit_of("Python", _known_in_python, _python), audit_of("console", _known_in_node, _node)]


def audit_of(subject: str, known: Callable[[], _Found], asked: Callable[[], _Found]) -> Audit:
    """What is known to be vulnerable is asked first."""
    try:
        vulnerabilities, _ = known()
        if not vulnerabilities:
            return Audit(subject, unavailable="the service that is reached from here knows none")
        vulnerabilities, unaudited = asked()
    except (UnavailableError, subprocess.TimeoutExpired) as error:
        return Audit(subject, unavailable=str(error))
    return Audit(subject, tuple(sorted(vulnerabilities)), tuple(sorted(unaudited)))


def _known_in_python() -> _Found:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(f"{KNOWN_IN_PYTHON}\n")
        return _pip_audit(["--no-deps", "--requirement", str(file)])


def _python() -> _Found:
    return _pip_audit(
        ["--require-hashes", *(each for file in REQUIREMENTS for each in ("--requirement", str(file)))]
    )


def _pip_audit(arguments: Sequence[str]) -> _Found:
    done = check_programs.run(
        "pip-audit",
        ["--disable-pip", "--progress-spinner", "off", "--timeout", str(_ANSWER_SECONDS), "--format", "json",
         "--cache-dir", str(LOCAL / "cache/pip-audit"), *arguments],
    )  # fmt: skip
    return read_pip_audit(done.stdout, done.stderr)


def read_pip_audit(output: str, errors: str = "") -> _Found:
    """Vulnerabilities, and packages that weren't audited. Raises UnavailableError if there is no report."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnavailableError(_last_line(errors) or "pip-audit said nothing") from error
    found = {
        Vulnerability(
            f"{each['name']} {each['version']}", told["id"], ", ".join(told.get("fix_versions", []))
        )
        for each in packages
        for told in each.get("vulns", [])
    }
    return found, {each["name"] for each in packages if "skip_reason" in each}


def _known_in_node() -> _Found:
    name, version = KNOWN_IN_NODE
    package = {"name": "known", "version": "1.0.0", "dependencies": {name: version}}
    packages = {"": package, f"node_modules/{name}": {"version": version}}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package.json").write_text(json.dumps(package))
        (Path(folder) / "package-lock.json").write_text(
            json.dumps({**package, "lockfileVersion": 3, "requires": True, "packages": packages})
        )
        return _npm_audit(Path(folder))


def _node() -> _Found:
    return _npm_audit(CONSOLE)


def _npm_audit(folder: Path) -> _Found:
    found = node()
    done = subprocess.run(
        [found.npm, "audit", "--package-lock-only", "--json", "--fetch-retries=0",
         f"--fetch-timeout={_ANSWER_SECONDS * 1000}"],
        cwd=folder, env=isolated(found.environment), capture_output=True, text=True, check=False,
        timeout=check_programs.SECONDS,
    )  # fmt: skip
    return read_npm_audit(done.stdout, done.stderr), set()


def read_npm_audit(output: str, errors: str = "") -> set[Vulnerability]:
    """Raises UnavailableError if there is no report, but an error."""
    try:
        said = json.loads(output)
        packages = said["vulnerabilities"] if "auditReportVersion" in said else None
    except (ValueError, TypeError) as error:
        raise UnavailableError(_last_line(errors) or "npm audit said nothing") from error
    if packages is None:
        raise UnavailableError("the npm registry that is reached from here audits nothing")
    return {
        Vulnerability(f"{each['name']} {each['range']}", told["url"].rpartition("/")[2])
        for each in packages.values()
        for told in each["via"]
        if isinstance(told, dict)  # else it names the package that is to blame
    }


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]
