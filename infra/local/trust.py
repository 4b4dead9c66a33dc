"""Has installers trust the authorities that this machine trusts, as that of a proxy that inspects TLS.

Run by itself, with nothing but the standard library, it prints variables for a shell to export. Where the
machine has no store of certificates, as in small containers, installers' own lists go on to count.
"""

from __future__ import annotations

import os
import platform
import ssl
from pathlib import Path

# pip has its own list only from 24.2 on where it can't do better; from 23.3 on an option changes that.
_WITH_OPTION, _BY_ITSELF = (23, 3), (24, 2)


def of_uv() -> dict[str, str]:
    """For uv, and for npm's node (from 22.19 on)."""
    return {"UV_SYSTEM_CERTS": "1", "NODE_USE_SYSTEM_CA": "1"} if _has_store() else {}


def of_pip(version: tuple[int, ...]) -> dict[str, str]:
    """What was chosen for pip already stays."""
    if version >= _BY_ITSELF or not _has_store() or {"PIP_CERT", "PIP_USE_FEATURE"} & os.environ.keys():
        return {}
    if version >= _WITH_OPTION:
        return {"PIP_USE_FEATURE": "truststore"}
    file = ssl.get_default_verify_paths().cafile
    return {"PIP_CERT": file} if file else {}


def _has_store() -> bool:
    if platform.system() == "Darwin":
        return True
    found = ssl.get_default_verify_paths()
    # Each is None where there is nothing.
    return bool(found.cafile or (found.capath and any(Path(found.capath).iterdir())))


def main() -> None:
    import pip  # noqa: PLC0415 - that of the environment that is to be filled

    version = tuple(int(part) for part in pip.__version__.split(".")[:2])
    for name, value in {**of_uv(), **of_pip(version)}.items():
        print(f"{name}={value}")


if __name__ == "__main__":
    main()
