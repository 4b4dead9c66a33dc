"""What the operating system has on a process's account."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
# Of the fields that follow the process's name.
_USER, _SYSTEM = 11, 12


def processor_seconds(pid: int) -> float:
    """User and system time of all its threads, those that have ended among them, to the nearest tick."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[_USER]) + int(after_name[_SYSTEM])) / _TICKS


def memory(pid: int, name: str = "VmRSS") -> int:
    """Bytes in memory now, or with VmHWM the most that it has ever been."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(name)


def open_files(pid: int) -> tuple[int, int]:
    """How many files it has open, and how many of them are sockets."""
    names = []
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            names.append(str(each.readlink()))
        except FileNotFoundError:
            continue
    return len(names), sum(name.startswith("socket:") for name in names)
