"""A client of AWS behind the door, and an emulator that takes whatever comes."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.door.door_server import DoorSettings, run
from infra.local.door.dynamodb_access import Table
from infra.local.door.policies import PolicyError
from infra.local.free_ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/Keys"
TOPIC = "arn:aws:sns:us-east-1:000000000000:Admins"
KEY = {"key_id": {"S": "key_1"}}
READS = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": ARN}


def settings(statements: Any = READS) -> DoorSettings:
    emulator, record, port = free_ports(3)
    policies = {"SweeperFunction": {"inline": {"Statement": statements}}}
    tables = {"Keys": Table(ARN, "key_id", {})}
    return DoorSettings(
        "000000000000",
        emulator,
        record,
        {"SweeperFunction": port},
        {"SweeperFunction": "role"},
        policies,
        tables,
    )


async def emulate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says how much it got, in two parts."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        got = await reader.readexactly(length)
        body = json.dumps({"Item": {"got": {"N": str(len(got))}}}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body[:5]))
        await writer.drain()
        writer.write(body[5:])


async def opened(door: asyncio.Task[None], port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        if door.done():
            await door
        try:
            return await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            await asyncio.sleep(0.01)


def behind_door(use: Callable[[Any], Any], chosen: DoorSettings | None = None) -> tuple[Any, Any]:
    """What `use` makes of clients behind the door, and what the door then tells."""
    chosen = chosen or settings()
    (port,) = chosen.ports.values()

    def client(service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=f"http://{LOOPBACK}:{port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    async def all_of_it() -> tuple[Any, Any]:
        async def serving(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await emulate(reader, writer)
            except EOFError:
                writer.close()

        async with await asyncio.start_server(serving, LOOPBACK, chosen.emulator_port):
            door = asyncio.create_task(run(chosen))
            reader, writer = await opened(door, chosen.record_port)
            used = await asyncio.to_thread(use, client)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            told = (await reader.read()).partition(b"\r\n\r\n")[2]
            writer.close()
            door.cancel()
            await asyncio.wait([door])
            return used, json.loads(told)

    return asyncio.run(asyncio.wait_for(all_of_it(), 60))


def test_what_is_allowed_goes_on_and_is_noted_by_its_statement():
    def use(client):
        dynamodb = client("dynamodb")
        return [dynamodb.get_item(TableName="Keys", Key=KEY)["Item"] for _ in range(2)]

    answers, told = behind_door(use)
    assert answers[0] == answers[1]
    assert int(answers[0]["got"]["N"]) > 0
    assert told["uses"] == [
        {
            "function": "SweeperFunction",
            "statement": "inline/0",
            "action": "dynamodb:GetItem",
            "resource": ARN,
            "values": {},
        }
    ]
    assert (told["refused"], told["unknown"]) == ([], [])


def test_what_isnt_is_refused_in_the_services_own_words():
    def use(client):
        refused = []
        for call in (
            lambda: client("dynamodb").delete_item(TableName="Keys", Key=KEY),
            lambda: client("sns").publish(TopicArn=TOPIC, Message="x"),
            lambda: client("sesv2").send_email(FromEmailAddress="a@example.com", Content={}),
            lambda: client("dynamodb").list_tables(),
        ):
            with pytest.raises(ClientError) as caught:
                call()
            refused.append(caught.value.response["Error"])
        return refused

    errors, told = behind_door(use)
    assert [each["Code"] for each in errors] == [
        "AccessDeniedException",
        "AccessDenied",
        "AccessDeniedException",
        "UnknownToTheDoorException",
    ]
    assert errors[0]["Message"] == (
        "User: arn:aws:sts::000000000000:assumed-role/role/SweeperFunction is not authorized to perform: "
        f"dynamodb:DeleteItem on resource: {ARN} because no identity-based policy allows the "
        "dynamodb:DeleteItem action"
    )
    assert [each["action"] for each in told["refused"]] == [
        "dynamodb:DeleteItem",
        "sns:Publish",
        "ses:SendEmail",
    ]
    assert told["unknown"] == [{"function": "SweeperFunction", "request": "dynamodb:ListTables"}]
    assert told["uses"] == []


def test_a_part_of_a_transaction_that_is_denied_keeps_the_others_from_being_written():
    def use(client):
        read, written = ({kind: {"TableName": "Keys", "Key": KEY}} for kind in ("Get", "Delete"))
        written["Delete"]["ConditionExpression"] = "attribute_exists(key_id)"
        dynamodb = client("dynamodb")
        dynamodb.transact_get_items(TransactItems=[read])
        with pytest.raises(ClientError, match="explicit deny"):
            dynamodb.transact_write_items(TransactItems=[written])

    statements = [READS, {**READS, "Effect": "Deny", "Action": "dynamodb:Delete*"}]
    _, told = behind_door(use, settings(statements))
    (refused,) = told["refused"]
    assert refused["denied_by"] == ["inline/1"]


def test_a_door_with_a_policy_that_isnt_understood_doesnt_open():
    unknown = {**READS, "Condition": {"BinaryEquals": {"dynamodb:Select": "x"}}}
    with pytest.raises(PolicyError, match="BinaryEquals"):
        asyncio.run(run(settings(unknown)))
