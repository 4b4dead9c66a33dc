"""The local stack from its first process to its last."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from infra.local import build, keeping, mailbox
from infra.local.deploy import STACK_NAME, deploy
from infra.local.door import placing
from infra.local.emulator import (
    await_emulator,
    await_provider,
    start_emulator,
    start_front,
    start_provider,
)
from infra.local.environment import LOCAL, REGION, isolated, require_tools
from infra.local.free_ports import LOOPBACK
from infra.local.front import fronted_functions
from infra.local.local_errors import UnusableError
from infra.local.processes.children import Children, log_tail
from infra.local.seed import DemoKey, SeedError, reach, require_answer, require_gateway, seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from infra.local.deploy import Deployment
    from infra.local.free_ports import Ports
    from infra.local.keeping import KeptState
    from infra.local.processes.children import Child


@dataclass(frozen=True)
class Stack:
    """What one needs to know to use a running stack; `stack.json` holds the same."""

    base_url: str
    """For an OpenAI SDK: ends in /v1."""
    api_url: str
    """The root, without /v1."""
    admin_url: str
    console_url: str
    admin_token: str
    api_key: str
    """The demo key's secret."""
    key_id: str
    aws_endpoint_url: str
    region: str
    provider_url: str
    """The mock provider's root, without /v1."""
    mail_url: str
    """What was sent, as JSON; `mail_page_url` shows it."""
    mail_page_url: str
    stack_name: str
    outputs: dict[str, str]
    logs: str
    """The folder of its programs' logs."""
    pid: int
    permissions_url: str = ""
    """What functions have used of their roles' policies, and what was refused them, as JSON."""


@dataclass(frozen=True)
class RunningStack:
    """A stack together with the programs that it consists of."""

    stack: Stack
    children: tuple[Child, ...]
    save: Callable[[], None]
    """Writes down what the next start is to go on with, if anything is kept. Raises KeepError."""

    def require_running(self) -> None:
        """Raises ChildError when one of the programs has ended."""
        for child in self.children:
            child.require_running()


@contextmanager
def running(
    ports: Ports, state: Path, report: Callable[[str], None], *, keep: bool = False, otlp_endpoint: str = ""
) -> Iterator[RunningStack]:
    """Build, deploy and seed the whole system; it ends, and `stack.json` goes, with the block.

    `state` is a directory for this stack alone: stack.json, logs, scratch space. With `keep`, what there is
    at the end is kept in it, and what was kept is there at the beginning. Calls are told to `otlp_endpoint`.
    Raises LocalError.
    """
    ports.require_free()
    require_tools()
    endpoint_url = f"http://{LOOPBACK}:{ports.emulator}"
    provider_url = f"http://{LOOPBACK}:{ports.provider}"
    logs, scratch = state / "logs", state / "scratch"
    with _held(state), _fresh(scratch), Children(logs, of_children(scratch)) as children:
        kept = _kept(state / keeping.FILE, report) if keep else None
        report(f"Starting an AWS emulator on port {ports.emulator}, a mock provider on {ports.provider}")
        emulator = start_emulator(children, ports.emulator, scratch)
        provider = start_provider(children, ports.provider)

        template = build.existing()
        if template:
            report("The functions are already built")
        else:
            report(
                "Building the functions and the console with sam build, which takes a minute or more"
                f" (log: {logs / 'sam-build.log'})"
            )
            template = build.build(children)

        await_emulator(emulator, endpoint_url)
        await_provider(provider, ports.provider)
        report(f"Deploying template.yaml to the emulator with sam deploy (log: {logs / 'sam-deploy.log'})")
        deployment = deploy(children, template, endpoint_url, otlp_endpoint)
        if kept is not None:
            report("Loading the saved data")
            keeping.Keeper(endpoint_url).put(kept, deployment.outputs["AdminTokenSecret"])
            report(f"Loaded {kept.described()}")
            deployment = replace(deployment, admin_token=kept.admin_token)

        report(f"Starting the gateway on port {ports.gateway}")
        door, permissions_url, behind = placing.behind_door(children, deployment, endpoint_url, scratch)
        settings = fronted_functions.settings_of(ports.gateway, endpoint_url, template, behind)
        front = start_front(children, settings, scratch)

        if kept is None:
            report("Creating providers, models and a demo key")
        api_url = f"http://{LOOPBACK}:{ports.gateway}"
        key = kept.key if kept else None
        seeded = _seeded(api_url, endpoint_url, provider_url, deployment, front, logs=logs, key=key)
        stack = replace(seeded, permissions_url=permissions_url)

        def save() -> None:
            if keep:
                taken = keeping.Keeper(endpoint_url).take(
                    DemoKey(stack.key_id, stack.api_key), stack.admin_token
                )
                keeping.write(state / keeping.FILE, taken)

        with (
            _described(asdict(stack), state / "stack.json"),
            _described(_for_sam_local(deployment), state / "environment.json"),
        ):
            try:
                save()
                yield RunningStack(stack, (emulator, provider, door, front), save)
            finally:
                if keep:
                    # What is kept at the end is whole: nothing is under way any more.
                    children.end(front)
                    _save_at_last(save, report)


def _kept(path: Path, report: Callable[[str], None]) -> KeptState | None:
    if keeping.drop_unfinished(path):
        report("The last stack died while it wrote what it kept: what it kept before that counts")
    kept = keeping.read(path)
    if kept is None:
        report(f"Nothing is kept in {path} so far")
    return kept


def _save_at_last(save: Callable[[], None], report: Callable[[str], None]) -> None:
    """Of a stack that broke down, what was kept before stays."""
    try:
        save()
    except keeping.KeepError as error:
        report(str(error))


def _seeded(
    api_url: str,
    endpoint_url: str,
    provider_url: str,
    deployment: Deployment,
    front: Child,
    *,
    logs: Path,
    key: DemoKey | None,
) -> Stack:
    """A stack with something to try, or with the `key` that was kept.

    Its first call has been made: the user's finds a warm function.
    """
    base_url, admin_url = f"{api_url}/v1", f"{api_url}/api/admin"
    try:
        if key is None:
            key = seed(admin_url, deployment.admin_token, provider_url)
            require_answer(base_url, key.secret)
        else:
            reach(admin_url, deployment.admin_token, provider_url)
            require_gateway(base_url, key.secret)
    except SeedError as error:
        raise SeedError(f"{error}\n{log_tail(front.log)}") from error
    return Stack(
        base_url=base_url,
        api_url=api_url,
        admin_url=admin_url,
        console_url=f"{api_url}/console/",
        admin_token=deployment.admin_token,
        api_key=key.secret,
        key_id=key.id,
        aws_endpoint_url=endpoint_url,
        region=REGION,
        provider_url=provider_url,
        mail_url=f"{endpoint_url}/_ministack/ses/messages",
        mail_page_url=f"{api_url}{mailbox.PATH}",
        stack_name=STACK_NAME,
        outputs=deployment.outputs,
        logs=str(logs),
        pid=os.getpid(),
    )


def _for_sam_local(deployment: Deployment) -> dict[str, dict[str, str]]:
    """The functions' variables, and Lambda's own runtime: its answers are whole, as `sam local` wants."""
    return {
        name: {**variables, "AWS_LAMBDA_EXEC_WRAPPER": ""}
        if "AWS_LAMBDA_EXEC_WRAPPER" in variables
        else variables
        for name, variables in deployment.environments.items()
    }


def of_children(scratch: Path) -> dict[str, str]:
    """The programs' variables. Keeps what the programs write to disk in the checkout."""
    # sam's own directory, by default in the home directory, tells when it last looked for updates.
    return {**isolated(os.environ), "TMPDIR": str(scratch), "__SAM_CLI_APP_DIR": str(LOCAL / "sam")}


@contextmanager
def _held(state: Path) -> Iterator[None]:
    """The directory, for this process only: the lock goes with the process, however that ends."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UnusableError(
                f"A local stack is already running, see {state / 'stack.json'}. "
                "To run another one, choose another directory: make local STATE=.local/second"
            ) from None
        yield


@contextmanager
def _fresh(scratch: Path) -> Iterator[None]:
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        yield
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _described(content: Mapping[str, object], description: Path) -> Iterator[None]:
    """A file that is there while what it describes is."""
    description.unlink(missing_ok=True)
    try:
        # For the owner's eyes only: it holds a token.
        file = os.open(description, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w") as text:
            json.dump(content, text, indent=2)
            text.write("\n")
        yield
    finally:
        description.unlink(missing_ok=True)
