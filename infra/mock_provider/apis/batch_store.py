"""The files and batches of /v1/files, /v1/batches and /v1/messages/batches."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.mock_provider.apis.anthropic_messages import create_message
from infra.mock_provider.apis.openai_chat import create_chat_completion
from infra.mock_provider.apis.openai_embeddings import create_embeddings
from infra.mock_provider.apis.openai_responses import Generation
from infra.mock_provider.call import Call, fingerprint
from infra.mock_provider.control import Control
from infra.mock_provider.provider_faults import ApiError, anthropic_error, openai_error
from infra.mock_provider.reply import Answer, Content, Reply, encode_json

DEFAULT_PAGE = 20
DAY = timedelta(days=1)


def _chat(call: Call) -> dict[str, Any]:
    return _body(create_chat_completion(call))


def _embeddings(call: Call) -> dict[str, Any]:
    return create_embeddings(call).body


def _responses(call: Call) -> dict[str, Any]:
    return Generation.of(call).finished()


def _message(call: Call) -> dict[str, Any]:
    return _body(create_message(call))


def _body(reply: Reply) -> dict[str, Any]:
    if not isinstance(reply, Answer):
        raise ApiError(400, "A call of a batch can't be streamed.")
    return reply.body


SERVED: dict[str, Callable[[Call], dict[str, Any]]] = {
    "/v1/chat/completions": _chat,
    "/v1/responses": _responses,
    "/v1/embeddings": _embeddings,
}


@dataclass
class Item:
    """One call of a batch: `answer` is its body, `error` what it failed with, neither while it waits."""

    custom_id: str
    answer: dict[str, Any] | None = None
    error: ApiError | None = None

    @property
    def waits(self) -> bool:
        return self.answer is None and self.error is None

    @classmethod
    def of(
        cls, custom_id: str, path: str, body: dict[str, Any], serve: Callable[[Call], dict[str, Any]]
    ) -> "Item":
        control = Control.parse(body.get("mock", {}))
        if control.batch_waits:
            return cls(custom_id)
        if control.status is not None:
            return cls(custom_id, error=ApiError(control.status, code=control.error_code))
        try:
            return cls(custom_id, answer=serve(Call(body, control, fingerprint(path, body))))
        except ApiError as error:
            return cls(custom_id, error=error)


@dataclass
class Batch:
    """Served when it is first asked for, unless a call waits: then when it is cancelled."""

    id: str
    items: list[Item]
    asked: dict[str, Any]
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    ended: bool = False
    cancelled: bool = False

    def look(self) -> None:
        self.ended = self.ended or not any(item.waits for item in self.items)

    def cancel(self) -> None:
        if not self.ended:
            self.ended = self.cancelled = True

    def count(self) -> tuple[int, int, int]:
        """How many calls were served, have failed, and wait."""
        served = sum(item.answer is not None for item in self.items)
        failed = sum(item.error is not None for item in self.items)
        return served, failed, len(self.items) - served - failed


class BatchStore:
    def __init__(self) -> None:
        self._files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._batches: dict[str, Batch] = {}
        self._number = 0

    def clear(self) -> None:
        self._files.clear()
        self._batches.clear()

    # OpenAI's

    def upload(self, call: Call) -> Answer:
        content = call.required("file").encode()
        file_id = self._keep(content, call.body.get("filename") or "file.jsonl", call.required("purpose"))
        return Answer(self._files[file_id][0])

    def list_files(self, call: Call) -> Answer:
        return Answer({"object": "list", **_page([seen for seen, _ in self._files.values()], call, "after")})

    def retrieve_file(self, call: Call) -> Answer:
        return Answer(self._file(call.target)[0])

    def file_content(self, call: Call) -> Content:
        return Content(self._file(call.target)[1])

    def delete_file(self, call: Call) -> Answer:
        self._file(call.target)
        del self._files[call.target]
        return Answer({"id": call.target, "object": "file", "deleted": True})

    def create(self, call: Call) -> Answer:
        path = call.required("endpoint")
        lines = self._file(call.required("input_file_id"))[1].splitlines()
        items = []
        for line in map(json.loads, lines):
            if line["url"] != path:
                raise ApiError(400, "The url of a request isn't the batch's endpoint.", param="endpoint")
            items.append(Item.of(line["custom_id"], path, line["body"], SERVED[path]))
        batch = self._begin("batch_", items, call.body)
        return Answer(self._seen(batch))

    def list_batches(self, call: Call) -> Answer:
        found = [self._seen(each) for each in self._batches.values() if each.id.startswith("batch_")]
        return Answer({"object": "list", **_page(found, call, "after")})

    def retrieve(self, call: Call) -> Answer:
        batch = self._batch(call.target)
        batch.look()
        return Answer(self._seen(batch))

    def cancel(self, call: Call) -> Answer:
        batch = self._batch(call.target)
        batch.cancel()
        return Answer(self._seen(batch))

    # Anthropic's

    def create_messages(self, call: Call) -> Answer:
        asked = call.required("requests")
        items = [Item.of(each["custom_id"], "/v1/messages", each["params"], _message) for each in asked]
        return Answer(_message_batch(self._begin("msgbatch_", items, {})))

    def list_messages(self, call: Call) -> Answer:
        found = [_message_batch(each) for each in self._batches.values() if each.id.startswith("msgbatch_")]
        return Answer(_page(found, call, "after_id"))

    def retrieve_messages(self, call: Call) -> Answer:
        batch = self._batch(call.target)
        batch.look()
        return Answer(_message_batch(batch))

    def cancel_messages(self, call: Call) -> Answer:
        batch = self._batch(call.target)
        batch.cancel()
        return Answer(_message_batch(batch))

    def message_results(self, call: Call) -> Content:
        batch = self._batch(call.target)
        if not batch.ended:
            raise ApiError(404, "The batch has no results yet.")
        return _lines([{"custom_id": item.custom_id, "result": _result(item)} for item in batch.items])

    def delete_messages(self, call: Call) -> Answer:
        if not self._batch(call.target).ended:
            raise ApiError(400, "The batch is in progress.")
        del self._batches[call.target]
        return Answer({"id": call.target, "type": "message_batch_deleted"})

    def _begin(self, prefix: str, items: list[Item], asked: dict[str, Any]) -> Batch:
        self._number += 1
        batch = Batch(f"{prefix}{self._number:08d}", items, asked)
        self._batches[batch.id] = batch
        return batch

    def _keep(self, content: bytes, name: str, purpose: str) -> str:
        self._number += 1
        file_id = f"file-{self._number:08d}"
        seen = {"id": file_id, "object": "file", "bytes": len(content), "created_at": int(time.time())}
        seen |= {"filename": name, "purpose": purpose, "status": "processed"}
        self._files[file_id] = seen, content
        return file_id

    def _file(self, file_id: str) -> tuple[dict[str, Any], bytes]:
        if file_id not in self._files:
            raise ApiError(404, f"No such File object: {file_id}")
        return self._files[file_id]

    def _batch(self, batch_id: str) -> Batch:
        if batch_id not in self._batches:
            raise ApiError(404, f"No batch found with id '{batch_id}'.")
        return self._batches[batch_id]

    def _seen(self, batch: Batch) -> dict[str, Any]:
        served, failed, _ = batch.count()
        seen = {
            "id": batch.id,
            "object": "batch",
            "endpoint": batch.asked["endpoint"],
            "input_file_id": batch.asked["input_file_id"],
            "completion_window": batch.asked.get("completion_window", "24h"),
            "created_at": int(batch.created_at.timestamp()),
            "expires_at": int((batch.created_at + DAY).timestamp()),
            "metadata": batch.asked.get("metadata"),
            "status": "in_progress",
            "request_counts": {"total": len(batch.items), "completed": 0, "failed": 0},
        }
        if not batch.ended:
            return seen
        files = batch.asked.setdefault("results", self._results(batch))
        counts = {"total": len(batch.items), "completed": served, "failed": failed}
        status = "cancelled" if batch.cancelled else "completed"
        return {**seen, **files, "status": status, "request_counts": counts}

    def _results(self, batch: Batch) -> dict[str, str]:
        """The files of what was served, and of what wasn't, where there is any of it."""
        lines: dict[str, list[dict[str, Any]]] = {"output_file_id": [], "error_file_id": []}
        for number, item in enumerate(batch.items):
            status, body = 200, item.answer
            if item.error is not None:
                status, body = item.error.status, openai_error(item.error)
            line = {"id": f"batch_req_{number}", "custom_id": item.custom_id, "error": None}
            if item.waits:
                error = {"code": "batch_cancelled", "message": "This request was cancelled."}
                lines["error_file_id"].append({**line, "response": None, "error": error})
                continue
            response = {"status_code": status, "request_id": f"req_{number}", "body": body}
            kind = "output_file_id" if item.answer is not None else "error_file_id"
            lines[kind].append({**line, "response": response})
        return {
            kind: self._keep(_lines(found).body, f"{batch.id}.jsonl", "batch_output")
            for kind, found in lines.items()
            if found
        }


def _message_batch(batch: Batch) -> dict[str, Any]:
    served, failed, waiting = batch.count()
    counts = {"processing": len(batch.items), "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    if batch.ended:
        counts |= {"processing": 0, "succeeded": served, "errored": failed, "canceled": waiting}
    created = batch.created_at
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": "ended" if batch.ended else "in_progress",
        "request_counts": counts,
        "created_at": created.isoformat().replace("+00:00", "Z"),
        "expires_at": (created + DAY).isoformat().replace("+00:00", "Z"),
        "ended_at": created.isoformat().replace("+00:00", "Z") if batch.ended else None,
        "cancel_initiated_at": None,
        "archived_at": None,
        "results_url": f"https://provider.invalid/v1/messages/batches/{batch.id}/results"
        if batch.ended
        else None,
    }


def _result(item: Item) -> dict[str, Any]:
    if item.answer is not None:
        return {"type": "succeeded", "message": item.answer}
    if item.error is not None:
        return {"type": "errored", "error": anthropic_error(item.error)}
    return {"type": "canceled"}


def _lines(found: list[dict[str, Any]]) -> Content:
    return Content("".join(f"{encode_json(each)}\n" for each in found).encode())


def _page(found: list[dict[str, Any]], call: Call, after: str) -> dict[str, Any]:
    """The newest first."""
    newest = found[::-1]
    if after in call.query:
        newest = newest[[each["id"] for each in newest].index(call.query[after]) + 1 :]
    page = newest[: int(call.query.get("limit", DEFAULT_PAGE))]
    return {
        "data": page,
        "has_more": len(page) < len(newest),
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }
