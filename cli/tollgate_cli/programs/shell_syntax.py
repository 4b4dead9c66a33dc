"""Variables as each shell, and each reader of such files, wants them written."""

from __future__ import annotations

import json
import re
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from tollgate_cli.output.failures import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Shell(StrEnum):
    SH = "sh"
    FISH = "fish"
    POWERSHELL = "powershell"
    CMD = "cmd"
    DOTENV = "dotenv"
    JSON = "json"
    GITHUB = "github"


# What is between PowerShell's single quotes ends at any of these, unless it is doubled.
_POWERSHELL_QUOTES: Final = re.compile("['\u2018\u2019\u201a\u201b]")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_@%+=:,./-]*")
# cmd has no way to write these that holds both at its prompt and in a file.
_CMD_UNSAFE: Final = re.compile(r"[%!^&|<>\"\r\n]")

HOW_TO_USE: Final = {
    Shell.SH: 'To set them in this shell: eval "$(tollgate env)"',
    Shell.FISH: "To set them in this shell: tollgate env | source",
    Shell.POWERSHELL: "To set them in this shell: tollgate env | Out-String | Invoke-Expression",
    Shell.CMD: "To set them here: tollgate env > vars.cmd, then: call vars.cmd & del vars.cmd",
    Shell.DOTENV: "To write them to a file, which has the key's secret then: tollgate env > .env",
    Shell.JSON: "A name whose value is null is to be removed.",
    Shell.GITHUB: 'To set them for the steps that follow: tollgate env >> "$GITHUB_ENV"',
}


def written(shell: Shell, values: Mapping[str, str], removed: Iterable[str]) -> str:
    """Lines that set `values` and remove the others. Raises `UsageError` for what a shell can't have."""
    if shell is Shell.JSON:
        return json.dumps({**dict.fromkeys(removed), **values}, indent=2) + "\n"
    setting, removing = _SYNTAX[shell]
    lines = [removing(name) for name in removed]
    lines += [setting(name, value) for name, value in values.items()]
    return "".join(f"{line}\n" for line in lines if line)


def mask(secret: str) -> str:
    """A command to GitHub's runner, which reads it on either stream: what it must not show in logs."""
    return f"::add-mask::{secret}"


def shell_of(environment: Mapping[str, str], *, windows: bool) -> Shell:
    """The shell that runs, as far as its environment tells."""
    if environment.get("GITHUB_ENV") and environment.get("GITHUB_ACTIONS"):
        return Shell.GITHUB
    if environment.get("SHELL", "").endswith("fish"):
        return Shell.FISH
    return Shell.POWERSHELL if windows else Shell.SH


def _sh(name: str, value: str) -> str:
    quoted = value.replace("'", "'\\''")
    return f"export {name}='{quoted}'"


def _fish(name: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{quoted}'"


def _powershell(name: str, value: str) -> str:
    quoted = _POWERSHELL_QUOTES.sub(lambda found: found[0] * 2, value)
    return f"$env:{name} = '{quoted}'"


def _cmd(name: str, value: str) -> str:
    if _CMD_UNSAFE.search(value):
        raise UsageError(f"cmd can't be given the value of {name}. Use PowerShell: --shell powershell.")
    return f'set "{name}={value}"'


def _dotenv(name: str, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return f"{name}={value}"
    if "'" not in value and "\n" not in value:
        return f"{name}='{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{name}="{escaped}"'


def _github(name: str, value: str) -> str:
    # An end that nobody can guess, and so write into a value.
    end = f"end-{secrets.token_hex(16)}"
    return f"{name}<<{end}\n{value}\n{end}"


_SYNTAX: Final[dict[Shell, tuple[Callable[[str, str], str], Callable[[str], str]]]] = {
    Shell.SH: (_sh, lambda name: f"unset {name}"),
    Shell.FISH: (_fish, lambda name: f"set -e {name}"),
    Shell.POWERSHELL: (
        _powershell,
        lambda name: f"Remove-Item Env:{name} -ErrorAction SilentlyContinue",
    ),
    Shell.CMD: (_cmd, lambda name: f"set {name}="),
    # A file adds to what is there: nothing can be removed by it.
    Shell.DOTENV: (_dotenv, lambda _name: ""),
    Shell.GITHUB: (_github, lambda name: f"{name}="),
}
