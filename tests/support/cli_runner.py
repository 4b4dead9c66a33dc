"""Runs the command line in this process: what it answers, prints and sends.

`Gateway` is the API that it talks to: it answers what the test says, and keeps what was asked.
"""

from __future__ import annotations

import getpass
import io
import json
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx

from tollgate_cli import program

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = "https://gateway.example.com"
SIGNED_IN = {"TOLLGATE_URL": URL, "TOLLGATE_TOKEN": "the-admin-token", "TOLLGATE_API_KEY": "sk-tg-holder"}
# What the machine's own environment must not decide.
_OWN = ("TOLLGATE_", "NO_COLOR", "COLUMNS", "TERM", "FORCE_COLOR")


@dataclass(frozen=True)
class Ran:
    """How a command line ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


class _Stream(io.StringIO):
    def __init__(self, text: str = "", *, terminal: bool) -> None:
        super().__init__(text)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@dataclass
class Gateway:
    """Answers requests by "METHOD /path": with JSON, a whole response, or what a function makes of each.

    What isn't among the answers is a 404, as the admin API has it.
    """

    answers: Mapping[str, Any] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def transport(self) -> httpx.BaseTransport:
        return httpx.MockTransport(self._answer)

    @property
    def lines(self) -> list[str]:
        """Method, path and query of each request."""
        return [f"{each.method} {each.url.raw_path.decode()}" for each in self.requests]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(each.content) if each.content else None for each in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.get(f"{request.method} {request.url.path}", _not_found)
        if callable(answer):
            answer = answer(request)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def _not_found(request: httpx.Request) -> httpx.Response:
    detail = {"title": "Not Found", "status": 404, "detail": f"There is no {request.url.path}."}
    headers = {"content-type": "application/problem+json", "x-request-id": "request-1"}
    return httpx.Response(404, headers=headers, content=json.dumps(detail))


def page(*rows: Mapping[str, Any], cursor: str | None = None) -> dict[str, Any]:
    """A page of a list."""
    return {"data": list(rows), "nextCursor": cursor}


def run(
    *arguments: str,
    gateway: Gateway | None = None,
    transport: httpx.BaseTransport | None = None,
    environment: Mapping[str, str] = SIGNED_IN,
    stdin: str = "",
    terminal: bool = False,
    width: int = 80,
) -> Ran:
    """Runs `tollgate ARGUMENTS`. With `terminal` all three streams are one, `width` columns wide."""
    chosen = {"TERM": "xterm-256color", "COLUMNS": str(width), "TOLLGATE_CONFIG": os.devnull, **environment}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    stdout, stderr = _Stream(terminal=terminal), _Stream(terminal=terminal)
    transport = transport or (gateway or Gateway()).transport()
    with (
        patch.dict(os.environ, inherited | chosen, clear=True),
        patch.multiple(sys, stdin=_Stream(stdin, terminal=terminal), stdout=stdout, stderr=stderr),
        patch.object(getpass, "getpass", _typed),
    ):
        code = program.run(arguments, transport=transport)
    return Ran(code, stdout.getvalue(), stderr.getvalue())


def _typed(prompt: str, stream: Any = None) -> str:
    """What is typed without being shown, where there is no terminal device."""
    stream.write(prompt)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")
