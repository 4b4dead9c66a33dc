"""What the change log says of a version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from infra.local.environment import ROOT
from tollgate import __version__

if TYPE_CHECKING:
    from pathlib import Path

CHANGELOG = ROOT / "CHANGELOG.md"
_SECTION = re.compile(
    r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d))?\n(?P<text>.*?)(?=^## |\Z)",
    re.MULTILINE | re.DOTALL,
)


class UnreleasableError(Exception):
    """Why nothing can be released under this tag, for people."""


def of_tag(tag: str, changelog: Path = CHANGELOG) -> str:
    """The section of the version that is tagged, such as v0.2.0. Raises UnreleasableError."""
    version = tag.removeprefix("v")
    if tag != f"v{__version__}":
        raise UnreleasableError(f"The tag is {tag}, but what would be released calls itself {__version__}.")
    section = {each["version"]: each for each in _SECTION.finditer(changelog.read_text())}.get(version)
    if section is None or not section["date"]:
        raise UnreleasableError(f"{changelog.name} has no section for {version} with a date.")
    text = section["text"].strip()
    if not text:
        raise UnreleasableError(f"{changelog.name} says nothing of {version}.")
    return text
