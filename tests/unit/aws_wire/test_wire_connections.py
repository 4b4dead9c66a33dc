"""How connections are kept, shared and ended; and updates that are sent together."""

from __future__ import annotations

import gc
import itertools
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from aws_wire.connection import Connection
from aws_wire.errors import ConnectionFailedError, CredentialsError, ServiceError, WireError
from infra.local.environment import ROOT
from tests.support.canned_aws import answers, echoes, hangs_up, http, refuses, resets, sends
from tests.support.waiting import until

UPDATE = {"TableName": "t", "Key": {"id": {"S": "1"}}}


def update(number):
    return {"TableName": "t", "Key": {"id": {"N": str(number)}}}


def sockets() -> int:
    """How many this process has open, the server's ends included."""
    found = 0
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            found += str(each.readlink()).startswith("socket:")
    return found


def test_calls_share_a_connection(aws, client):
    for _ in range(5):
        client.get_item(**UPDATE)
    assert len(aws.accepted) == 1


@pytest.mark.parametrize("ended", ["by the server", "after an answer", "with an unasked answer"])
def test_an_idle_connection_that_is_over_is_replaced_without_a_retry(aws, client, ended):
    if ended == "after an answer":
        aws.script.append(answers({}, connection="close"))
    client.get_item(**UPDATE)
    if ended == "by the server":
        aws.accepted[0].shutdown(socket.SHUT_RDWR)
    if ended == "with an unasked answer":
        aws.accepted[0].sendall(http({"Item": "another's"}))
    if ended != "after an answer":
        (idle,) = client._service._pool._idle
        until(lambda: not idle.is_quiet())
    answer = client.get_item(**UPDATE)
    assert "Item" not in answer
    assert answer["ResponseMetadata"]["RetryAttempts"] == 0
    assert len(aws.accepted) == 2


def test_an_idle_connection_that_ends_a_moment_after_it_was_looked_at_costs_a_retry(aws, client, monkeypatch):
    """Nobody knows then whether the request has arrived."""
    client.get_item(**UPDATE)
    aws.accepted[0].shutdown(socket.SHUT_RDWR)
    (idle,) = client._service._pool._idle
    until(lambda: not idle.is_quiet())
    monkeypatch.setattr(Connection, "is_quiet", lambda _: True)
    assert client.get_item(**UPDATE)["ResponseMetadata"]["RetryAttempts"] == 1


def test_what_comes_behind_an_answer_is_nobodys(aws, client):
    aws.script.append(sends(http({}) + http({"Item": {}})))
    client.get_item(**UPDATE)
    assert "Item" not in client.get_item(**UPDATE)


def test_reset_ends_connections_those_in_use_too_and_forgets_credentials(aws, client):
    client.get_item(**UPDATE)
    pending = client.begin_update_items([UPDATE])
    client.reset()
    pending.results()
    assert client._service._pool._idle == []
    assert client._service._credentials._current is None
    assert client._service._signer._second is None
    client.get_item(**UPDATE)
    assert len(aws.accepted) == 2


def test_updates_are_all_sent_before_an_answer_is_read_and_answered_in_order(aws, client):
    """No answer comes before all requests are there."""
    numbers, all_there = range(6), threading.Barrier(6)

    def together(incoming):
        all_there.wait(5)
        return echoes(incoming)

    aws.otherwise = together
    answered = client.update_items([update(n) for n in numbers])
    assert [each["Attributes"]["id"]["N"] for each in answered] == list("012345")
    assert len(aws.accepted) == len(numbers)


def test_each_update_fails_for_itself_and_is_tried_again_for_itself(aws, client):
    failed_once = set()

    def answer(incoming):
        number = incoming.json()["Key"]["id"]["N"]
        if number == "1":
            return refuses("ConditionalCheckFailedException")(incoming)
        if number == "2" and number not in failed_once:
            failed_once.add(number)
            return hangs_up(incoming)
        return echoes(incoming)

    aws.otherwise = answer
    zero, one, two, three = client.update_items([update(n) for n in range(4)])
    assert [each["Attributes"]["id"]["N"] for each in (zero, two, three)] == ["0", "2", "3"]
    assert [each["ResponseMetadata"]["RetryAttempts"] for each in (zero, two, three)] == [0, 1, 0]
    assert isinstance(one, ServiceError)
    assert one.code == "ConditionalCheckFailedException"


def test_where_nothing_can_be_sent_each_update_has_its_error(connect):
    outcomes = connect({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}).update_items([UPDATE, UPDATE])
    assert [type(each) for each in outcomes] == [ConnectionFailedError] * 2
    without = connect({"AWS_ACCESS_KEY_ID": ""}).update_items([UPDATE])
    assert [type(each) for each in without] == [CredentialsError]


def test_no_updates_have_no_answers(client):
    assert client.update_items([]) == []


def test_what_is_no_request_is_refused_before_another_is_sent(aws, client):
    with pytest.raises(TypeError):
        client.begin_update_items([UPDATE, {"Key": object()}])
    assert aws.accepted == []


def test_between_sending_and_reading_there_is_time_for_other_calls(aws, client):
    aws.otherwise = echoes
    pending = client.begin_update_items([update(1), update(2)])
    assert client.update_item(**update(3))["Attributes"] == {"id": {"N": "3"}}
    assert [each["Attributes"]["id"]["N"] for each in pending.results()] == ["1", "2"]
    with pytest.raises(RuntimeError):
        pending.results()


@pytest.mark.parametrize("given_up", [lambda pending: pending.close(), lambda _: None])
def test_what_is_never_read_is_closed_and_no_other_call_gets_its_answer(aws, client, given_up):
    aws.otherwise = echoes
    before = sockets()
    for _ in range(50):
        pending = client.begin_update_items([update(1), update(2)])
        given_up(pending)
        del pending
    gc.collect()
    assert client.update_item(**update(3))["Attributes"] == {"id": {"N": "3"}}
    ours = 1
    until(lambda: sockets() <= before + ours + 1)


def test_sixteen_threads_get_each_their_own_answers(aws, connect):
    aws.otherwise = echoes
    client, threads, calls, wrong = connect(max_idle_connections=4), 16, 40, []

    def call(thread):
        for number in range(calls):
            own = thread * calls + number
            answers = (
                client.update_items([update(own), update(own)])
                if number % 4 == 0
                else [client.update_item(**update(own))]
            )
            wrong.extend(each for each in answers if each["Attributes"] != {"id": {"N": str(own)}})

    started = [threading.Thread(target=call, args=(each,)) for each in range(threads)]
    for each in started:
        each.start()
    for each in started:
        each.join(60)
    assert not any(each.is_alive() for each in started)
    assert wrong == []
    assert len(client._service._pool._idle) <= 4


def test_threads_get_their_own_answers_where_connections_end_all_the_time(aws, connect):
    client, wrong, numbers = connect(tries=50), [], itertools.count()

    def faulty(incoming):
        return (hangs_up, resets, echoes, echoes, echoes)[next(numbers) % 5](incoming)

    aws.otherwise = faulty
    client._service._quota.acquire = lambda _kind: True

    def call(thread):
        for number in range(25):
            own = thread * 25 + number
            answer = client.update_item(**update(own))
            wrong.extend([answer] if answer["Attributes"] != {"id": {"N": str(own)}} else [])

    started = [threading.Thread(target=call, args=(each,)) for each in range(8)]
    for each in started:
        each.start()
    for each in started:
        each.join(60)
    assert not any(each.is_alive() for each in started)
    assert wrong == []


def test_two_thousand_calls_leave_no_more_sockets_than_the_pool_keeps(aws, client):
    """Failed ones, refused ones and such as are sent together among them."""
    before = sockets()
    unlike = [
        hangs_up,
        refuses("ValidationException"),
        answers({}, connection="close"),
        sends(b"HTTP/1.1 2", close=True),
    ]
    for number in range(400):
        aws.script.append(unlike[number % len(unlike)])
        with suppress(WireError):
            client.update_item(**UPDATE)
        client.update_items([UPDATE] * 3)
        client.begin_update_items([UPDATE])
    assert len(client._service._pool._idle) <= 10
    client.reset()
    gc.collect()
    # What is left are the server's ends, which its threads close when they have seen it.
    until(lambda: sockets() <= before + 1, 10)


def test_tls_is_loaded_only_where_it_is_used():
    loaded = "import sys; from aws_wire import dynamodb, ssm; dynamodb.connect({'AWS_REGION': 'eu-west-1'})"
    unwanted = "{'ssl', 'boto3', 'botocore', 'urllib3', 'http.client', 'email', 'asyncio'}"
    ran = subprocess.run(
        [sys.executable, "-c", f"{loaded}; print({unwanted} & set(sys.modules))"],
        env={"PYTHONPATH": str(ROOT / "shared")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "set()"
