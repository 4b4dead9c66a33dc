"""Puts into what is built the functions' own packages, whose rules the command line goes by."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PACKAGES = ("tollgate", "aws_wire")


class SharedPackages(BuildHookInterface[Any]):
    """In the repository they are beside cli/, in a source distribution within it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is which kind of build it is: `editable` uses the folders themselves (dev-mode-dirs)."""
        if version == "editable":
            return
        root = Path(self.root)
        beside, within = root.parent / "shared", root / "shared"
        shared = within if within.is_dir() else beside
        target = "shared/" if self.target_name == "sdist" else ""
        for package in _PACKAGES:
            build_data["force_include"][str(shared / package)] = target + package
