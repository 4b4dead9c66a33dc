"""Bodies of the last week's requests, of keys that have them kept."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.request_log.kept_bodies import CapturedBody, KeptBodies

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tollgate.ledger.records import LedgerRecord
    from tollgate.request_log.store.bodies_table import BodiesTable

_KEPT = timedelta(days=7)
_QUESTION = "Order 10482 has not arrived yet. <b>Where is it?</b> I was told Tuesday."
_ANSWER = "Your parcel left our depot on Monday evening and is due tomorrow between 9:00 and 13:00."


def keep(table: BodiesTable, records: Iterable[LedgerRecord], now: datetime) -> list[str]:
    """Returns the ids of the requests whose bodies were kept."""
    kept = []
    for record in records:
        expires_at = record.completed_at + _KEPT
        if expires_at > now:
            request, response = _body(_asked(record)), _body(_answered(record))
            bodies = KeptBodies(
                record.request_id, record.key_id, request, response, record.completed_at, expires_at
            )
            table.keep(bodies)
            kept.append(record.request_id)
    return kept


def _body(content: Any) -> CapturedBody:
    text = content if isinstance(content, str) else json.dumps(content)
    return CapturedBody(text.encode(), len(text.encode()))


def _asked(record: LedgerRecord) -> dict[str, Any]:
    return {
        "model": record.downgraded_from or record.model,
        "messages": [
            {"role": "system", "content": "You answer customers of a shop, in one short paragraph."},
            {"role": "user", "content": _QUESTION},
        ],
        "max_tokens": 2048,
        "temperature": 0.2,
        "stream": record.streamed,
    }


def _answered(record: LedgerRecord) -> Any:
    if record.http_status != 200:
        return {"error": {"message": "The server had an error.", "type": "server_error", "code": None}}
    if record.streamed:
        words = _ANSWER.split(" ")
        events = [
            {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": f"{word} "}}]}
            for word in words
        ]
        return "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    return {
        "id": record.provider_request_id,
        "object": "chat.completion",
        "model": record.remote_model,
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": _ANSWER}, "finish_reason": "stop"}
        ],
        "usage": {
            "prompt_tokens": record.usage.prompt_tokens,
            "completion_tokens": record.usage.completion_tokens,
        },
    }
