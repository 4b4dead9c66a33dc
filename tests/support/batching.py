"""Batches as a client makes them at a gateway, and the poller that settles them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.clock import utc_now
from tollgate_proxy.batches.batch_poller import BatchPoller, PollReport
from tollgate_proxy.request import multipart
from tollgate_proxy.request.multipart import FormPart

if TYPE_CHECKING:
    from types import SimpleNamespace

    from tests.support.gateway_world import World
    from tollgate_proxy.gateway import Gateway

# What the mock is told to report of a call, and what a batch of two costs at the usual rates of `small`.
USED = {"prompt_tokens": 20, "completion_tokens": 10}


def chat(custom_id: str, *, model: str = "small", **body: Any) -> dict[str, Any]:
    """A line of a batch's file."""
    said = {"model": model, "messages": [{"role": "user", "content": "Hello there"}], "mock": USED}
    url = "/v1/chat/completions"
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": {**said, "max_tokens": 50, **body}}


def message(custom_id: str, *, model: str = "claude", **params: Any) -> dict[str, Any]:
    """A request of a message batch."""
    return {"custom_id": custom_id, "params": {**chat(custom_id, model=model)["body"], **params}}


def jsonl(*lines: Any) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


class Batching:
    """A key's batches in a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def upload(self, content: bytes, *, purpose: str = "batch", **asked: Any) -> SimpleNamespace:
        form = [
            FormPart("purpose", purpose.encode()),
            FormPart("file", content, "calls.jsonl", "application/jsonl"),
        ]
        body, content_type = multipart.write(form)
        return self.world.call(body, path="/v1/files", headers={"content-type": content_type}, **asked)

    def uploaded(self, *lines: Any) -> str:
        answer = self.upload(jsonl(*lines))
        assert answer.status == 200, answer.text
        file_id: str = json.loads(answer.text)["id"]
        return file_id

    def create(
        self,
        file_id: str,
        *,
        gateway: Gateway | None = None,
        headers: dict[str, str] | None = None,
        **changes: Any,
    ) -> SimpleNamespace:
        body = {
            "input_file_id": file_id,
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            **changes,
        }
        return self.world.call(body, path="/v1/batches", gateway=gateway, headers=headers)

    def made(self, *lines: Any) -> str:
        """The id of a batch of these."""
        return id_of(self.create(self.uploaded(*lines)))

    def messages(self, *requests: Any, gateway: Gateway | None = None) -> SimpleNamespace:
        return self.world.call({"requests": list(requests)}, path="/v1/messages/batches", gateway=gateway)

    def get(self, path: str, **asked: Any) -> SimpleNamespace:
        return self.world.call(None, method="GET", path=path, **asked)

    def poll(self, *, later: timedelta = timedelta(minutes=30), **changes: Any) -> PollReport:
        """A run of the poller, so much later."""
        settlement = self.world.batch_settlement(clock=lambda: utc_now() + later, **changes)
        return BatchPoller(settlement).run(utc_now() + later + timedelta(seconds=60))


def id_of(answer: SimpleNamespace) -> str:
    assert answer.status == 200, answer.text
    found: str = json.loads(answer.text)["id"]
    return found
