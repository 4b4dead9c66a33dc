"""python -m infra.local.door.door_server settings.json: what functions reach the emulator through.

Each function has a port of its own, by which it is known: the emulator gives all functions that it runs the
same credentials, whatever a function is told. What a role's policies allow goes on to the emulator byte by
byte; what they don't is refused as AWS refuses it. One more port tells of the policies, and what was used.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra.local.door import denials
from infra.local.door.dynamodb_access import DynamoDbRequests, Table, UnknownRequestError
from infra.local.door.policies import Policies, PolicyError, Statement, listed
from infra.local.door.requested_access import HttpRequest, Requests
from infra.local.door.use_record import UseRecord
from infra.local.free_ports import LOOPBACK

logger = logging.getLogger(__name__)

_MAX_HEAD = 65_536
_END = b"\r\n\r\n"
_CHUNK = 65_536


@dataclass(frozen=True)
class DoorSettings:
    account: str
    emulator_port: int
    record_port: int
    ports: dict[str, int]
    """By function."""
    roles: dict[str, str]
    """By function, the name of its role."""
    policies: dict[str, dict[str, dict[str, Any]]]
    """By function and a policy's name, the policy's document."""
    tables: dict[str, Table]
    """By their names."""

    @classmethod
    def read(cls, path: Path) -> DoorSettings:
        told: dict[str, Any] = json.loads(path.read_text())
        return cls(**{**told, "tables": {name: Table(**each) for name, each in told["tables"].items()}})

    def statements(self, function: str) -> list[Statement]:
        """Raises PolicyError."""
        return [
            Statement.read(f"{policy}/{place}", statement)
            for policy, document in self.policies[function].items()
            for place, statement in enumerate(listed(document["Statement"]))
        ]


@dataclass(frozen=True)
class Door:
    """One function's."""

    function: str
    caller: str
    policies: Policies
    requests: Requests
    record: UseRecord
    emulator_port: int

    def refusal(self, request: HttpRequest) -> bytes | None:
        """The response to a request that may not go on."""
        try:
            judged = [(each, self.policies.judge(each)) for each in self.requests.accesses(request)]
        except (UnknownRequestError, PolicyError) as error:
            logger.error("%s: %s", self.function, error)  # noqa: TRY400 - it says all there is to say
            self.record.unknown(self.function, str(error))
            return denials.failure(request.headers, str(error))
        for access, judgement in judged:
            if not judgement.allowed:
                self.record.refused(self.function, access, judgement)
                text = denials.message(self.caller, access, judgement)
                logger.error("%s", text)
                return denials.denial(request.headers, text)
        for access, judgement in judged:
            self.record.allowed(self.function, access, judgement)
        return None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, and the one to the emulator that goes with it."""
        emulator = _Emulator(self.emulator_port, writer)
        try:
            while True:
                head = await reader.readuntil(_END)
                request = parsed(head)
                request = replace(request, body=await reader.readexactly(request.length))
                refused = self.refusal(request)
                if refused is None:
                    await emulator.pass_on(head + request.body)
                else:
                    writer.write(refused)
                    await writer.drain()
        except (OSError, EOFError):
            pass  # somebody has hung up
        except (asyncio.LimitOverrunError, ValueError):
            logger.exception("%s sent what can't be read", self.function)
        finally:
            emulator.close()
            writer.close()


class _Emulator:
    """The connection that a function's leads on to, once there is something for it."""

    def __init__(self, port: int, answers_to: asyncio.StreamWriter) -> None:
        self._port = port
        self._answers_to = answers_to
        self._writer: asyncio.StreamWriter | None = None
        self._pumping: asyncio.Task[None] | None = None

    async def pass_on(self, request: bytes) -> None:
        if self._writer is None:
            reader, self._writer = await asyncio.open_connection(LOOPBACK, self._port)
            self._pumping = asyncio.create_task(_pump(reader, self._answers_to))
        self._writer.write(request)
        await self._writer.drain()

    def close(self) -> None:
        if self._pumping is not None:
            self._pumping.cancel()
        if self._writer is not None:
            self._writer.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Passes answers on as they come. Where the emulator hangs up, so does this."""
    with suppress(OSError):
        while part := await source.read(_CHUNK):
            sink.write(part)
            await sink.drain()
    sink.close()


def parsed(head: bytes) -> HttpRequest:
    """A request without its body. Raises ValueError."""
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if "transfer-encoding" in headers:
        raise ValueError("A request in chunks")
    return HttpRequest(method, path, headers, b"")


async def run(settings: DoorSettings) -> None:
    """Until cancelled. Raises PolicyError, OSError."""
    record = UseRecord()
    requests = Requests(settings.account, DynamoDbRequests(settings.tables))

    async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            await reader.readuntil(_END)
            content = json.dumps({"policies": settings.policies, **record.described()}).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(content), content)
            )
            await writer.drain()
        writer.close()

    async with AsyncExitStack() as servers:
        for function, port in settings.ports.items():
            caller = f"arn:aws:sts::{settings.account}:assumed-role/{settings.roles[function]}/{function}"
            policies = Policies(settings.statements(function))
            door = Door(function, caller, policies, requests, record, settings.emulator_port)
            await servers.enter_async_context(
                await asyncio.start_server(door.serve, LOOPBACK, port, limit=_MAX_HEAD)
            )
        # The last one: whoever reaches it, reaches all.
        telling = await asyncio.start_server(tell, LOOPBACK, settings.record_port)
        await servers.enter_async_context(telling)
        await telling.serve_forever()


def main(path: str) -> None:
    logging.basicConfig(level=logging.WARNING)
    with suppress(KeyboardInterrupt):
        asyncio.run(run(DoorSettings.read(Path(path))))


if __name__ == "__main__":
    main(sys.argv[1])
