"""Where things are, and what programs started here may know: nothing about the user's AWS accounts."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local import trust
from infra.local.local_errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
TOOLS = LOCAL / "tools"

REGION = "us-east-1"
CREDENTIAL = "test"

# A Makefile's variables would reach the `make` that builds the layer, a virtual environment's the functions.
_FOREIGN_PREFIXES = ("AWS_", "SAM_", "GATEWAY_", "MINISTACK_", "LOCALSTACK_", "TOLLGATE_")
_FOREIGN_NAMES = {
    "EDGE_PORT", "MAKEFILES", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS",
    "PERSIST_STATE", "PORT", "PYTHONHOME", "PYTHONPATH", "S3_PERSIST", "SERVICES", "USE_SSL", "VIRTUAL_ENV",
}  # fmt: skip


def isolated(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with made-up AWS credentials in place of the user's, and no proxy before the loopback."""
    kept = {
        name: value
        for name, value in environment.items()
        if name not in _FOREIGN_NAMES and not name.startswith(_FOREIGN_PREFIXES)
    }
    direct = ",".join(filter(None, [environment.get("NO_PROXY"), "127.0.0.1", "localhost"]))
    return kept | {
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": direct,
        "no_proxy": direct,
        "PATH": f"{TOOLS / 'bin'}:{environment.get('PATH', '')}",
        "SAM_CLI_TELEMETRY": "0",
        **trust.of_uv(),
    }


def runtime() -> str:
    """This Python as a Lambda runtime: the emulator runs functions with the tools' own interpreter."""
    return f"python3.{sys.version_info.minor}"


def architecture() -> str:
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def require_tools() -> None:
    """Raises UnavailableError unless sam and the emulator are installed."""
    if not (TOOLS / "bin/sam").exists():
        raise UnavailableError(f"sam was not found in {TOOLS}. Run `make local` to install it.")
