"""python -m infra.local.web site FOLDER | typecheck | check | dev: builds, checks or shows the console."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.local.environment import LOCAL
from infra.local.local_errors import LocalError
from infra.local.web import site_build
from infra.local.web.node import node

# Where the pages of `make console` find the APIs, if not where stack.json says.
STACK = "TOLLGATE_STACK"


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["site", folder]:
                shutil.copytree(site_build.built(), Path(folder), dirs_exist_ok=True)
            case ["typecheck" | "check" | "dev" as script, *options]:
                return _run(script, options)
            case _:
                sys.exit(__doc__)
    except LocalError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _run(script: str, options: list[str]) -> int:
    """A script of package.json, on this terminal."""
    site_build.prepare(types=script != "check")  # which generates them in any case
    found = node()
    environment = {**found.environment, **_running_stack()}
    command = [found.npm, "run", "--silent", script, *(["--", *options] if options else [])]
    try:
        return subprocess.run(command, cwd=site_build.WEB, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0


def _running_stack() -> dict[str, str]:
    """For Vite's server, which passes on to it what pages ask of the APIs; by default on the usual port."""
    if STACK in os.environ:
        return {STACK: os.environ[STACK]}
    try:
        return {STACK: json.loads((LOCAL / "stack.json").read_text())["api_url"]}
    except FileNotFoundError:
        return {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
