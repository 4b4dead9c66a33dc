"""The local stack on a terminal: progress, how to use it, and what went wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from infra.local.environment import LOCAL, ROOT, isolated
from infra.local.free_ports import Ports
from infra.local.keeping import FILE, KeepError
from infra.local.local_errors import LocalError
from infra.local.processes.interrupts import INTERRUPTED
from infra.local.processes.parents import Parent
from infra.local.seed import DEMO_MODEL
from infra.local.stack import RunningStack, Stack, running

WATCH_SECONDS = 0.5
# What a crash costs at most of what is kept.
SAVE_SECONDS = 60

_FRESH = "Ctrl-C stops it and discards its data. (Use KEEP=1 to keep your data.)"
_KEPT = "Ctrl-C stops it and keeps its data in {file}; the next `make local KEEP=1` resumes from it."
# Of what `infra.demo` imports, as the Makefile has it.
_SOURCES = ("shared", "functions/admin", "functions/alerts", ".")
_DEMO_CALL = {"model": DEMO_MODEL, "messages": [{"role": "user", "content": "Hello"}]}


def main() -> int:
    """Run until told to stop; the exit code says whether it had got as far as running."""
    state = Path(os.environ.get("TOLLGATE_STATE") or LOCAL).resolve()
    stopped = INTERRUPTED
    try:
        if "MAKELEVEL" in os.environ:
            Parent().end_with_it()
        ports = Ports.chosen(os.environ)
        keep, demo = _says_yes("TOLLGATE_KEEP"), _says_yes("TOLLGATE_DEMO")
        told = os.environ.get("TOLLGATE_OTLP_ENDPOINT", "")
        _forget_aws_accounts()
        progress = _Progress()
        with running(ports, state, progress, keep=keep, otlp_endpoint=told) as stack:
            stopped = 0
            if demo:
                _live_demo(state)
            progress("Ready")
            _say(_banner(stack.stack, state, keep=keep))
            _watch(stack, progress)
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


def _says_yes(variable: str) -> bool:
    return os.environ.get(variable, "").lower() not in {"", "0", "no", "false"}


def _live_demo(state: Path) -> None:
    """Has the demo company live on the stack, in a process that may know what the functions are made of.

    Whoever signs in as one of its admins finds their tokens in `company.json`. Raises LocalError.
    """
    path = os.pathsep.join(str(ROOT / each) for each in _SOURCES)
    files = [str(state / "stack.json"), str(state / "company.json")]
    program = [sys.executable, "-m", "infra.demo", *files]
    ended = subprocess.run(program, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, check=False)
    if ended.returncode:
        raise LocalError(f"The demo company could not be made: its program ended with {ended.returncode}.")


def _watch(stack: RunningStack, progress: _Progress) -> None:
    saved = time.monotonic()
    try:
        while True:
            stack.require_running()
            time.sleep(WATCH_SECONDS)
            if time.monotonic() - saved >= SAVE_SECONDS:
                _save(stack, progress)
                saved = time.monotonic()
    except KeyboardInterrupt:
        _say("\nStopping ...")
        raise


def _save(stack: RunningStack, progress: _Progress) -> None:
    try:
        stack.save()
    except KeepError as error:
        progress(str(error))


def _forget_aws_accounts() -> None:
    environment = isolated(os.environ)
    os.environ.clear()
    os.environ.update(environment)


def _banner(stack: Stack, state: Path, *, keep: bool) -> str:
    ending = _KEPT.format(file=state / FILE) if keep else _FRESH
    call = f"""{stack.base_url}/chat/completions -H 'Authorization: Bearer {stack.api_key}' \
-H 'Content-Type: application/json'"""
    return f"""
Tollgate is running. Try a call, then a streamed one:

curl {call} -d '{json.dumps(_DEMO_CALL)}'

curl -N {call} -d '{json.dumps({**_DEMO_CALL, "stream": True, "mock": {"delay_chunk_ms": 100}})}'

  OpenAI SDK      base_url={stack.base_url}
                  api_key={stack.api_key}
  Command line    .venv/bin/tollgate --local keys tree
  Console         {stack.console_url}
                  sign in with admin_token of {state / "stack.json"}
  Admin API       {stack.admin_url}
  Mail sent       {stack.mail_page_url}
  Everything      {state / "stack.json"} (URLs, the demo key, the admin token)
  Logs            {state / "logs"}

{ending}
"""


def _say(text: str, file: TextIO = sys.stdout) -> None:
    with suppress(OSError):  # the terminal may be gone; what runs must still be stopped
        print(text, file=file, flush=True)
