"""The local stack on a terminal: progress, how to use it, and what went wrong."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from infra.local.environment import LOCAL, isolated
from infra.local.errors import LocalError
from infra.local.interrupts import INTERRUPTED
from infra.local.parents import Parent
from infra.local.ports import Ports
from infra.local.seed import DEMO_MODEL
from infra.local.stack import RunningStack, Stack, running

WATCH_SECONDS = 0.5

_DEMO_CALL = {"model": DEMO_MODEL, "messages": [{"role": "user", "content": "Hello"}]}


def main() -> int:
    """Run until told to stop; the exit code says whether it had got as far as running."""
    state = Path(os.environ.get("TOLLGATE_STATE") or LOCAL).resolve()
    stopped = INTERRUPTED
    try:
        if "MAKELEVEL" in os.environ:
            Parent().end_with_it()
        ports = Ports.chosen(os.environ)
        _forget_aws_accounts()
        progress = _Progress()
        with running(ports, state, progress) as stack:
            stopped = 0
            progress("Ready")
            _say(_banner(stack.stack, state))
            _watch(stack)
    except LocalError as error:
        _say(str(error), sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        _say("Stopped; nothing is left running.")
    return stopped


class _Progress:
    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self, step: str) -> None:
        _say(f"[{time.monotonic() - self._begun:5.1f} s] {step}")


def _watch(stack: RunningStack) -> None:
    try:
        while True:
            stack.require_running()
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        _say("\nStopping ...")
        raise


def _forget_aws_accounts() -> None:
    environment = isolated(os.environ)
    os.environ.clear()
    os.environ.update(environment)


def _banner(stack: Stack, state: Path) -> str:
    call = f"""{stack.base_url}/chat/completions -H 'Authorization: Bearer {stack.api_key}' \
-H 'Content-Type: application/json'"""
    return f"""
Tollgate is running. Try it, and then as a stream:

curl {call} -d '{json.dumps(_DEMO_CALL)}'

curl -N {call} -d '{json.dumps({**_DEMO_CALL, "stream": True, "mock": {"delay_chunk_ms": 100}})}'

  OpenAI SDK      base_url={stack.base_url}
                  api_key={stack.api_key}
  Admin API       {stack.admin_url}
  Mail sent       {stack.mail_page_url}
  Everything      {state / "stack.json"} (URLs, the demo key, the admin token)
  Logs            {state / "logs"}

Ctrl-C stops it. Nothing is kept: the next start is a fresh one.
"""


def _say(text: str, file: TextIO = sys.stdout) -> None:
    with suppress(OSError):  # the terminal may be gone; what runs must still be stopped
        print(text, file=file, flush=True)
