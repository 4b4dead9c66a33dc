"""The processor time of an UpdateItem by `aws_wire`, by boto3, and by bare sockets.

Against a server on loopback that has its answer ready, in a process of its own: what is counted is the
client's user and system time. The least of several rounds counts, because everything else that a machine
does only adds.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from aws_wire import dynamodb
from infra.local import dynamodb_local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 5
CALLS = 500
# Seconds until a server answers.
PAUSES = (0, 0.001)
BARE, OURS, AT_ONCE, THEIRS = "bare sockets", "aws_wire", "aws_wire, four together, each", "boto3"
REQUEST: dict[str, Any] = {
    "TableName": "tollgate-keys",
    "Key": {"key_id": {"S": "key_0123456789abcdef"}},
    "UpdateExpression": "SET #budget_available = #budget_available - :claim, #holds.#request = :hold, "
    "#revision = #revision + :one, #requests = #requests + :one REMOVE #swept",
    "ConditionExpression": "attribute_exists(key_id) AND #budget_available >= :claim "
    "AND #secret_hash = :hash AND attribute_not_exists(#holds.#request) AND #active = :true",
    "ReturnValues": "ALL_NEW",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    "ExpressionAttributeNames": {
        f"#{name}": name
        for name in ("budget_available", "holds", "request", "revision", "requests", "swept", "secret_hash")
    },
    "ExpressionAttributeValues": {
        ":claim": {"N": "0.0153"},
        ":one": {"N": "1"},
        ":true": {"BOOL": True},
        ":hash": {"S": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
        ":hold": {
            "M": {"amount": {"N": "0.0153"}, "expires": {"N": "1790000000.123"}, "tokens": {"N": "16384"}}
        },
    },
}
ITEM: dict[str, Any] = {
    "key_id": {"S": "key_0123456789abcdef"},
    "secret_hash": {"S": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    "active": {"BOOL": True},
    "tags": {"M": {"team": {"S": "platform"}, "stage": {"S": "production"}}},
    "allowed_models": {"L": [{"S": "gpt-4o"}, {"S": "gpt-4o-mini"}, {"S": "claude-sonnet-4"}]},
    "holds": {
        "M": {
            f"req_{n}": {"M": {"amount": {"N": "0.0153"}, "expires": {"N": "1790000000.123"}}} for n in "abc"
        }
    },
    **{f"counter_{n}": {"N": str(n * 1037)} for n in range(16)},
}
ANSWER = json.dumps({"Attributes": ITEM}, separators=(",", ":")).encode()
# Answers each request with the same, whatever it says, after so many seconds.
SERVER = """
import socket, sys, threading, time
pause = float(sys.argv[1])
answer = sys.stdin.buffer.read()
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        received = b""
        while b"\\r\\n\\r\\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return
            received += piece
        head, _, body = received.partition(b"\\r\\n\\r\\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\\r\\n")[0])
        while len(body) < length:
            body += connection.recv(65536)
        if pause:
            time.sleep(pause)
        connection.sendall(answer)
while True:
    threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()
"""


def http_answer() -> bytes:
    lines = [
        "HTTP/1.1 200 OK",
        "Server: Server",
        "Date: Sun, 29 Nov 2026 10:00:00 GMT",
        "Content-Type: application/x-amz-json-1.0",
        f"Content-Length: {len(ANSWER)}",
        "Connection: keep-alive",
        "x-amzn-RequestId: 5C2S2JJ6UBJ7IAJD6B4HDHKGL3VV4KQNSO5AEMVJF66Q9ASUAAJG",
        f"x-amz-crc32: {zlib.crc32(ANSWER)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + ANSWER


@contextmanager
def canned(pause: float) -> Iterator[int]:
    """The port of a server that has its answer ready, and gives it after so many seconds."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(pause)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            server.stdin.write(http_answer())
            server.stdin.close()
            yield int(server.stdout.readline())
        finally:
            server.kill()


def microseconds(call: Callable[[], Any], calls: int = CALLS) -> float:
    """The least user and system time of a call."""
    return min(_microseconds(call, calls) for _ in range(ROUNDS))


def _microseconds(call: Callable[[], Any], calls: int) -> float:
    call()
    begun = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - begun) / calls * 1e6


def bare(port: int, request: bytes) -> Callable[[], Any]:
    """A round trip of the same bytes and nothing else."""
    connection = socket.create_connection(("127.0.0.1", port), 2)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call() -> bytes:
        connection.sendall(request)
        return connection.recv(32_768)

    return call


def sent() -> bytes:
    """The bytes of a request of the wire client, as a server receives them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        pending = dynamodb.connect(environment(url)).begin_update_items([REQUEST])
        accepted, _ = listener.accept()
        with accepted:
            received = accepted.recv(65_536)
        pending.close()
    return received


def environment(url: str) -> dict[str, str]:
    return {
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token" * 200,  # as long as Lambda's
        "AWS_ENDPOINT_URL": url,
    }


def boto3_client(url: str) -> Any:
    return boto3.client(
        "dynamodb",
        region_name="eu-central-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        aws_session_token="token" * 200,
        endpoint_url=url,
        config=Config(parameter_validation=False, retries={"mode": "standard"}),
    )


def measure() -> dict[str, dict[str, float]]:
    """Microseconds of user and system time of an UpdateItem, by who answers it and by client."""
    by = {f"answered after {pause * 1000:g} ms": on_loopback(pause) for pause in PAUSES}
    with dynamodb_local.running() as url:
        return {**by, "by DynamoDB Local": on_dynamodb_local(url)}


def on_loopback(pause: float) -> dict[str, float]:
    """Who has waited finds the processor's caches cold: a pause tells more of a real table."""
    with canned(pause) as port:
        url = f"http://127.0.0.1:{port}"
        wire, by_boto3, request = dynamodb.connect(environment(url)), boto3_client(url), sent()
        calls = CALLS // 5 if pause else CALLS
        return {
            BARE: microseconds(bare(port, request), calls),
            OURS: microseconds(lambda: wire.update_item(**REQUEST), calls),
            AT_ONCE: microseconds(lambda: wire.update_items([REQUEST] * 4), calls // 4) / 4,
            THEIRS: microseconds(lambda: by_boto3.update_item(**REQUEST), CALLS // 5),
        }


def on_dynamodb_local(url: str) -> dict[str, float]:
    """The like of it to a real table, where the answer takes its time."""
    wire, by_boto3 = dynamodb.connect(environment(url), read_timeout=10), boto3_client(url)
    name, key = REQUEST["TableName"], "key_id"
    by_boto3.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    wire.put_item(TableName=name, Item=ITEM)
    update = {
        "TableName": name,
        "Key": REQUEST["Key"],
        "UpdateExpression": "SET counter_1 = counter_1 + :one",
        "ConditionExpression": "attribute_exists(key_id) AND active = :true AND secret_hash = :hash",
        "ReturnValues": "ALL_NEW",
        "ExpressionAttributeValues": {
            name: REQUEST["ExpressionAttributeValues"][name] for name in (":one", ":true", ":hash")
        },
    }
    return {
        OURS: microseconds(lambda: wire.update_item(**update), CALLS // 5),
        THEIRS: microseconds(lambda: by_boto3.update_item(**update), CALLS // 5),
    }
