"""What a figure is of: this machine and what runs on it, by kind and version alone."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("boto3", "urllib3", "httpx", "pydantic", "aws-lambda-powertools")


def described() -> dict[str, str]:
    return {
        "processors": f"{os.cpu_count()} x {_processor()}",
        "system": f"{platform.system()} {platform.release().split('-')[0]} ({platform.machine()})",
        "Python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1].strip() if found else "processor of no name"
