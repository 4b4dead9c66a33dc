"""Keys, tokens and passwords among the files of the repository, and in its history.

Kingfisher's rules know the formats of some hundred issuers; tollgate_rules.yaml adds Tollgate's own. Nothing
that is found is tried at its issuer. What isn't a secret is listed in accepted.toml by its text.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.checks import accepted, check_programs
from infra.local.environment import LOCAL, ROOT
from infra.local.local_errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RULES = Path(__file__).parent / "tollgate_rules.yaml"
_SHOWN = 12


@dataclass(frozen=True, order=True)
class Secret:
    path: str
    line: int
    rule: str
    text: str
    commit: str = ""
    """Where the history has it; empty for the files as they are."""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}{f' in commit {self.commit[:12]}' if self.commit else ''}"
        return f"{place} has what looks like a secret ({self.rule}): {self.text[:_SHOWN]}…"


def tracked(root: Path = ROOT) -> list[str]:
    """What git has of the repository's files, as they lie there now. Raises UnavailableError without git."""
    listed = _git(root, "ls-files", "-z").split("\0")
    return [name for name in listed if name and (root / name).is_file()]


def found_in_files(names: Sequence[str], root: Path = ROOT) -> list[Secret]:
    """Raises UnavailableError."""
    return _scan([*names, "--git-history", "none", "--no-dedup"], root)


def found_in_history(root: Path = ROOT) -> list[Secret]:
    """In every commit that a branch or tag leads to. Raises UnavailableError, for a shallow clone, too."""
    if _git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
        raise UnavailableError("This clone has no history to look through: it is shallow.")
    with tempfile.TemporaryDirectory() as folder:
        _git(root, "clone", "--quiet", "--mirror", ".", folder)
        return _scan([".", "--git-history", "full"], Path(folder))


def _git(root: Path, *arguments: str) -> str:
    try:
        return subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=True,  # noqa: S607
            timeout=check_programs.SECONDS,
        ).stdout  # fmt: skip
    except FileNotFoundError as error:
        raise UnavailableError("git is needed to know which files are the repository's.") from error
    except subprocess.CalledProcessError as error:
        raise UnavailableError(f"git {arguments[0]} failed: {error.stderr.strip()}") from error


def _scan(arguments: Sequence[str], root: Path) -> list[Secret]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = check_programs.run(
            "kingfisher",
            ["scan", *arguments, "--no-validate", "--no-update-check", "--rules-path", str(RULES),
             "--rule-cache-dir", str(LOCAL / "cache/secret-rules"), "--format", "json",
             "--output", str(report)],
            cwd=root,
        )  # fmt: skip
        try:
            findings = json.loads(report.read_text())["findings"]
        except (OSError, ValueError, KeyError) as error:
            raise UnavailableError(f"kingfisher failed: {done.stderr.strip()}") from error
    return sorted({_secret(each["rule"]["id"], each["finding"]) for each in findings})


def _secret(rule: str, finding: dict[str, Any]) -> Secret:
    history = finding.get("git_metadata") or {}
    return Secret(
        path=history.get("file", {}).get("path") or finding["path"],
        line=finding["line"],
        rule=rule,
        text=finding["snippet"],
        commit=history.get("commit", {}).get("id", ""),
    )


def faults(found: Iterable[Secret], *, history: bool = False) -> list[str]:
    """What is found and not accepted, and, of files as they are now, accepted and not found; for people."""
    found, texts = list(found), accepted.texts()
    unneeded = set() if history else texts - {each.text for each in found}
    return [
        *(str(each) for each in found if each.text not in texts),
        *(f"accepted.toml has {text!r}, which no file has" for text in sorted(unneeded)),
    ]
