"""Batches by both official SDKs: made, looked at, read and charged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tests.support.issued_keys import IssuedKeys
    from tests.support.sdks import Sdk

MESSAGES = [{"role": "user", "content": "Hello there"}]
USED = {"prompt_tokens": 20, "completion_tokens": 10}


def charged(keys: IssuedKeys, key: dict[str, Any]) -> Decimal:
    used: Decimal = keys.settled(key["id"])["budget_used"]
    return used


def test_openais_sdk_uploads_a_file_and_reads_what_its_batch_brought(
    keys: IssuedKeys, connect_gpt: Callable[..., Sdk]
) -> None:
    key = keys.issue(budgetLimit="5", enforcement="hard")
    client = connect_gpt(key["key"])
    body = {"model": "gpt-4o-mini", "messages": MESSAGES, "max_tokens": 50, "mock": USED}
    lines = [
        {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}
        for name in ("first", "second")
    ]
    content = "".join(f"{json.dumps(line)}\n" for line in lines).encode()

    file = client.ask("files.create", file=("calls.jsonl", content), purpose="batch")
    asked = {"input_file_id": file.id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    batch = client.ask("batches.create", **asked, metadata={"mine": "yes"})
    assert (batch.status, batch.metadata["mine"]) == ("in_progress", "yes")

    ended = client.ask("batches.retrieve", batch.id)
    assert (ended.status, ended.request_counts.completed) == ("completed", 2)
    results = client.ask("files.content", ended.output_file_id)
    assert {json.loads(line)["custom_id"] for line in results.text.splitlines()} == {"first", "second"}
    assert [each.id for each in client.all("batches.list")] == [batch.id]
    assert {each.id for each in client.all("files.list")} == {file.id, ended.output_file_id}
    assert charged(keys, key) > 0
    assert client.ask("files.delete", file.id).deleted


def test_anthropics_sdk_reads_the_results_of_its_batch_at_the_gateway(
    keys: IssuedKeys, connect_claude: Callable[..., Sdk]
) -> None:
    key = keys.issue(budgetLimit="5", enforcement="hard")
    client = connect_claude(key["key"])
    params = {"model": "claude-sonnet-5", "max_tokens": 50, "messages": MESSAGES, "mock": USED}

    batch = client.ask("messages.batches.create", requests=[{"custom_id": "first", "params": params}])
    assert batch.processing_status == "in_progress"

    ended = client.ask("messages.batches.retrieve", batch.id)
    assert (ended.processing_status, ended.request_counts.succeeded) == ("ended", 1)
    (result,) = client.all("messages.batches.results", batch.id)
    assert (result.custom_id, result.result.message.usage.output_tokens) == ("first", 10)
    assert [each.id for each in client.all("messages.batches.list")] == [batch.id]
    assert charged(keys, key) > 0
    assert client.ask("messages.batches.delete", batch.id).id == batch.id
