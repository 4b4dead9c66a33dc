"""What a local stack keeps between its starts: its tables, providers' credentials, tokens and the demo key.

The emulator holds all of it in memory. So it is written to a file now and then, and loaded into the stack
that is deployed next. Tables go by their names in the template, whatever they are called in either stack.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.deploy import STACK_NAME, EmulatedAws
from infra.local.local_errors import LocalError, UnusableError
from infra.local.seed import DemoKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient

FORMAT = 1
FILE = "kept.json.gz"
TABLE = "AWS::DynamoDB::Table"
PARAMETERS = f"/tollgate/{STACK_NAME}/"
# Which tables have a stream that somebody reads, and what of it may not have been read when it was kept.
USAGE, KEYS = "UsageTable", "KeysTable"
UNREAD_SECONDS = 86_400
_BATCH = 25
_READY_SECONDS = 30


class KeepError(LocalError):
    """What is kept could not be written or loaded."""


@dataclass(frozen=True)
class KeptState:
    """`tables` are items in the wire format, by logical id, `parameters` SSM's SecureStrings by name.

    `kept_at` is when that was so, seconds since the epoch.
    """

    key: DemoKey
    admin_token: str
    parameters: dict[str, str]
    tables: dict[str, list[dict[str, Any]]]
    kept_at: float = field(default=0.0, compare=False)

    def described(self) -> str:
        """`3 keys, 41 requests and 2 credentials of 2026-11-29 08:12:13 UTC`."""
        keys = [item for item in self.tables.get(KEYS, ()) if item["key_id"]["S"].startswith("key_")]
        found = (
            (len(keys), "key"),
            (len(self.tables.get(USAGE, ())), "request"),
            (len(self.parameters), "credential"),
        )
        *firsts, last = (f"{count} {what}{'' if count == 1 else 's'}" for count, what in found)
        at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.kept_at))
        return f"{', '.join(firsts)} and {last} of {at}"


def read(path: Path) -> KeptState | None:
    """None if nothing is kept; raises UnusableError if it is nothing that can be loaded."""
    if not path.exists():
        return None
    try:
        with gzip.open(path, "rt") as text:
            told = json.load(text)
        if told.pop("format") != FORMAT:
            raise UnusableError(f"{path} was saved by another version. Remove it to start afresh.")
        # Files of before have no moment of their own.
        told.setdefault("kept_at", path.stat().st_mtime)
        return KeptState(**{**told, "key": DemoKey(**told["key"])})
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise UnusableError(f"{path} can't be loaded: {error!r}. Remove it to start afresh.") from error


def write(path: Path, kept: KeptState) -> None:
    """In one step: whatever happens, there is the old file or the new one. For the owner's eyes only.

    Raises KeepError if the disk doesn't take it: then there is the old one.
    """
    unfinished = _unfinished(path)
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with gzip.open(file, "wt", compresslevel=1) as text:
                json.dump({"format": FORMAT, **asdict(kept)}, text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync_names(path.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise KeepError(f"What there is could not be kept in {path}: {error}") from error


def drop_unfinished(path: Path) -> bool:
    """Removes what a process that died while it wrote has left; whether there was any."""
    unfinished = _unfinished(path)
    was_there = unfinished.exists()
    unfinished.unlink(missing_ok=True)
    return was_there


def _unfinished(path: Path) -> Path:
    return path.with_suffix(".unfinished")


def _sync_names(folder: Path) -> None:
    """Until then a file's new name may be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Keeper:
    """Takes what there is in a running stack, and puts into a new one what was kept of another."""

    def __init__(self, endpoint_url: str) -> None:
        aws = EmulatedAws(endpoint_url)
        self._dynamodb = aws.dynamodb()
        self._ssm = aws.ssm()
        self._secrets = aws.secretsmanager()
        self._lambda = aws.lambda_()
        self._cloudformation = aws.cloudformation()

    def take(self, key: DemoKey, admin_token: str) -> KeptState:
        """Raises KeepError. Keys first: a hold that has been settled meanwhile is settled by its record."""
        kept_at = time.time()
        try:
            tables = self._tables()
            ordered = sorted(tables, key=lambda logical_id: logical_id != KEYS)
            taken = KeptState(
                key,
                admin_token,
                dict(self._parameters()),
                {logical_id: list(_items(self._dynamodb, tables[logical_id])) for logical_id in ordered},
                kept_at,
            )
        except (BotoCoreError, ClientError) as error:
            raise KeepError(f"The data could not be saved: {error}") from error
        _require_whole(taken)
        return taken

    def put(self, kept: KeptState, token_secret: str) -> None:
        """Into a stack that serves nobody yet. Raises KeepError."""
        try:
            self._secrets.put_secret_value(SecretId=token_secret, SecretString=kept.admin_token)
            for name, value in kept.parameters.items():
                self._ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
            tables = self._tables()
            known = {name: items for name, items in kept.tables.items() if name in tables}
            old, recent = _by_age(known.pop(USAGE, []))
            # What streams start has been done with: it must not be started again. Of the last day it may not
            # have been, and is counted once in any case.
            with UnreadStreams(self._lambda, tables[KEYS], tables[USAGE]):
                for logical_id, items in known.items():
                    self._fill(tables[logical_id], items)
                self._fill(tables[USAGE], old)
            self._fill(tables[USAGE], recent)
        except (BotoCoreError, ClientError) as error:
            raise KeepError(f"The saved data could not be loaded: {error}") from error

    def _tables(self) -> dict[str, str]:
        """Names by logical id."""
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK_NAME)
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == TABLE
        }

    def _parameters(self) -> Iterator[tuple[str, str]]:
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(
            Path=PARAMETERS, Recursive=True, WithDecryption=True
        )
        for page in pages:
            for parameter in page["Parameters"]:
                yield parameter["Name"], parameter["Value"]

    def _fill(self, table: str, items: list[dict[str, Any]]) -> None:
        for start in range(0, len(items), _BATCH):
            puts = [{"PutRequest": {"Item": to_bytes(item)}} for item in items[start : start + _BATCH]]
            request: Any = {table: puts}
            while request:
                request = self._dynamodb.batch_write_item(RequestItems=request)["UnprocessedItems"]


def _require_whole(taken: KeptState) -> None:
    """An emulator that is breaking down may answer with nothing, which must not replace what was kept."""
    if not any(item["key_id"]["S"] == taken.key.id for item in taken.tables.get(KEYS, ())):
        raise KeepError("What there is could not be kept: the demo key is missing from it")


class UnreadStreams:
    """Within it, what is written to tables never reaches the functions that read their streams."""

    def __init__(self, client: LambdaClient, *tables: str) -> None:
        self._client = client
        self._tables = tables

    def __enter__(self) -> None:
        self._mappings: list[dict[str, Any]] = []
        for mapping in self._client.list_event_source_mappings()["EventSourceMappings"]:
            if any(f"table/{table}/" in mapping["EventSourceArn"] for table in self._tables):
                self._mappings.append(dict(mapping))
                self._client.delete_event_source_mapping(UUID=mapping["UUID"])

    def __exit__(self, *_: object) -> None:
        for mapping in self._mappings:
            kept = {name: mapping[name] for name in _MAPPED if mapping.get(name) is not None}
            self._client.create_event_source_mapping(
                FunctionName=mapping["FunctionArn"], StartingPosition="LATEST", **kept
            )


_MAPPED = (
    "EventSourceArn",
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
    "FilterCriteria",
    "FunctionResponseTypes",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "DestinationConfig",
)


def _by_age(usage: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    since = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - UNREAD_SECONDS))
    old = [record for record in usage if record["completed_at"]["S"] < since]
    return old, [record for record in usage if record["completed_at"]["S"] >= since]


def _items(client: DynamoDBClient, table: str) -> Iterable[dict[str, Any]]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            yield to_text(dict(item))


def to_text(value: Any) -> Any:
    """An item in DynamoDB's format, as JSON can hold it: that knows no bytes, which B and BS hold."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: to_text(each) for name, each in value.items()}
    return [to_text(each) for each in value] if isinstance(value, list) else value


def to_bytes(value: Any) -> Any:
    """What `to_text` was given. An attribute that is called B holds a map from its type, and no text."""
    if isinstance(value, list):
        return [to_bytes(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: to_bytes(each) for name, each in value.items()}
    if isinstance(found.get("B"), str):
        found["B"] = base64.b64decode(found["B"])
    if isinstance(found.get("BS"), list):
        found["BS"] = [base64.b64decode(each) for each in found["BS"]]
    return found
