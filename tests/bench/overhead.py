"""The gateway's own processor time for a call: make bench

The ledger and the provider are stand-ins that answer at once, so what is left is Tollgate's Python
(and, in the second line, boto3's around it, against a DynamoDB client that has its answers ready). The least
of several rounds is printed, because everything else that a machine does only adds.
"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSResponse

from tests.support.builders import KEY, NOW, admitted, hold, model, provider, scope
from tollgate.aws import boto3_clients, dynamodb
from tollgate.ledger.store import scope_items
from tollgate.ledger.store.ledger import Ledger
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.gateway import Gateway
from tollgate_proxy.http_messages import Request
from tollgate_proxy.serving.failover import Dispatcher
from tollgate_proxy.upstream.provider_calls import UpstreamAnswer, UpstreamRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 7
CALLS = 200
REQUEST_ID = "req_bench"
BODY = json.dumps({"model": "small", "messages": [{"role": "user", "content": "word " * 500}]}).encode()
ANSWER = json.dumps(
    {
        "choices": [{"message": {"content": "word " * 500}}],
        "usage": {"prompt_tokens": 504, "completion_tokens": 500, "total_tokens": 1004},
    }
).encode()


SENTENCE = "The quick brown fox doesn't jump over the lazy dog's 25 bowls; `config.value` said: \"no\". "
MESSAGES, TOOLS, CHUNKS = 149, 40, 1000


def _tool(number: int) -> dict[str, Any]:
    members = {f"field_{n}": {"type": "string", "description": "As it is in the form"} for n in range(8)}
    function = {"name": f"tool_{number}", "description": SENTENCE * 3, "parameters": {"properties": members}}
    return {"type": "function", "function": function}


def _large() -> bytes:
    """A request of an agent, of 98 KB."""
    messages = [
        {"role": ("user", "assistant")[n % 2], "content": f"{SENTENCE * 4}{n}"} for n in range(MESSAGES)
    ]
    asked = {"model": "small", "messages": messages, "tools": [_tool(n) for n in range(TOOLS)]}
    return json.dumps(asked).encode()


def _chunk(**members: Any) -> bytes:
    return b"data: %b\n\n" % json.dumps({"id": "c", "model": "small", "choices": [], **members}).encode()


def _chunks() -> list[bytes]:
    said = _chunk(choices=[{"index": 0, "delta": {"content": " word"}, "finish_reason": None}])
    end = _chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    usage = _chunk(usage={"prompt_tokens": 504, "completion_tokens": CHUNKS, "total_tokens": 504 + CHUNKS})
    return [*[said] * CHUNKS, end, usage, b"data: [DONE]\n\n"]


LARGE = _large()
STREAMED = json.dumps({**json.loads(BODY), "stream": True}).encode()
STREAM = _chunks()


class Provider:
    def send(self, _provider: Any, _key: str, request: UpstreamRequest) -> UpstreamAnswer:
        if request.streams:
            return UpstreamAnswer(200, {"content-type": "text/event-stream"}, None, iter(STREAM))
        return UpstreamAnswer(200, {"content-type": "application/json"}, None, iter([ANSWER]))


def gateway(ledger: Any) -> Gateway:
    served, serving = model(), provider()
    upstream: Any = Provider()
    return Gateway(
        ledger=ledger,
        catalog=SimpleNamespace(model=lambda _name: served, provider=lambda _id: serving),
        responses=SimpleNamespace(),
        answers=SimpleNamespace(),
        dispatcher=Dispatcher(
            upstream=upstream,
            credentials=SimpleNamespace(secret_of=lambda _provider: "sk"),
            clock=lambda: NOW,
        ),
        clock=lambda: NOW,
        metrics=SimpleNamespace(count=lambda *_, **__: None),
        function_timeout=timedelta(seconds=60),
        max_request_bytes=1_000_000,
        output=OutputPolicy(default=16_384, minimum=256),
        hold_wait=timedelta(0),
    )


def request(body: bytes) -> Request:
    headers = {"authorization": f"Bearer {KEY.reveal()}"}
    return Request(REQUEST_ID, "POST", "/v1/chat/completions", headers, body, NOW, NOW, NOW)


def microseconds_a_call(under_test: Gateway, body: bytes = BODY, calls: int = CALLS) -> float:
    return min(_microseconds_a_call(under_test, body, calls) for _ in range(ROUNDS))


def _microseconds_a_call(under_test: Gateway, body: bytes, calls: int) -> float:
    requests = [request(body) for _ in range(calls)]
    begun = time.process_time()
    for each in requests:
        answer = under_test.handle(each)
        received = b"".join(answer.chunks)
        if answer.status != 200:
            raise RuntimeError(received)
    return (time.process_time() - begun) / calls * 1_000_000


class Body:
    """What botocore reads an answer from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def instant_ledger() -> Ledger:
    """The ledger over a DynamoDB client whose answers are there before they are sent for."""
    client = boto3.client(
        "dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    held = scope(holds={REQUEST_ID: hold(key_id=KEY.key_id)})
    images = {
        "UpdateItem": json.dumps({"Attributes": dynamodb.item(scope_items.to_item(held))}).encode(),
        "PutItem": b"{}",
    }

    headers: Any = {}

    def answer(request: Any, **_: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        return AWSResponse(request.url, 200, headers, Body(images[operation]))

    client.meta.events.register("before-send.dynamodb", answer)
    return Ledger(boto3_clients.raising_service_errors(client), "keys", "usage", timedelta(days=400))


def main() -> None:
    key = scope()
    settled = SimpleNamespace(expected=key, finish=lambda: None)
    instant = SimpleNamespace(
        admit=lambda _admission: admitted(key), begin_settlement=lambda _admitted, _record: settled
    )
    print(f"Tollgate alone          {microseconds_a_call(gateway(instant)):7.0f} µs a call")
    print(f"with the ledger's boto3 {microseconds_a_call(gateway(instant_ledger())):7.0f} µs a call")
    print(f"98 KB with 40 tools     {microseconds_a_call(gateway(instant), LARGE, 10):7.0f} µs a call")
    print(f"1,000 chunks streamed   {microseconds_a_call(gateway(instant), STREAMED, 5):7.0f} µs a call")


if __name__ == "__main__":
    main()
