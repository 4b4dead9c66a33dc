"""python -m infra.artifacts .aws-sam/build: after `sam build`, before `sam deploy`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from infra.artifacts import finishing

# What SAM has built for which runtime, beside the folder that it has built into.
_RECORD = "build.toml"


def runtime_of(build: Path) -> str:
    """The Lambda runtime that SAM built for, such as python3.13. Raises ValueError unless it is one."""
    record = tomllib.loads((build.parent / _RECORD).read_text())
    runtimes = {each["runtime"] for each in record["function_build_definitions"].values()}
    if len(runtimes) != 1:
        raise ValueError(f"The functions are built for {', '.join(sorted(runtimes))}: choose one")
    return str(runtimes.pop())


def main(arguments: list[str]) -> None:
    (folder,) = arguments
    build = Path(folder)
    try:
        print(finishing.finish(build, runtime_of(build)))
    except (ValueError, finishing.CompileError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
