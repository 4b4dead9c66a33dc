"""Files of batches: uploaded with their calls read and bounded, listed, read and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.gateway_state.store import batch_items
from tollgate.gateway_state.store.batches_table import not_found
from tollgate.gateway_state.stored_batches import StoredBatch, StoredFile, ThingKind
from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.batches import batch_requests, provider_side
from tollgate_proxy.batches.batch_dialects import OPENAI
from tollgate_proxy.batches.batch_reading import BatchReader
from tollgate_proxy.batches.provider_side import ProviderSide
from tollgate_proxy.request import multipart
from tollgate_proxy.request.multipart import FormPart
from tollgate_proxy.serving.failover import UnansweredError
from tollgate_proxy.upstream.provider_calls import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate.ledger.scopes import Scope
    from tollgate_proxy.apis.routes import BatchRoute
    from tollgate_proxy.batches.batch_reading import ReadBatch
    from tollgate_proxy.batches.batch_requests import BatchRequests
    from tollgate_proxy.http_messages import Answer, Request

_FILES = "/files"
_OK, _GONE = 200, 404


@dataclass(frozen=True, slots=True)
class FileRequests:
    """Serves a key that was let through with its ancestors; it sees its own files alone."""

    batches: BatchRequests
    chain: Sequence[Scope]

    def serve(self, route: BatchRoute, request: Request) -> Answer:
        settlement, key_id = self.batches.settlement, self.chain[0].key_id
        if route.thing_id is None:
            if route.method == "POST":
                return self._uploaded(request)
            return batch_requests.listed(settlement, ThingKind.FILE, request, key_id)
        file = settlement.batches.find(route.thing_id)
        if not isinstance(file, StoredFile) or file.key_id != key_id:
            raise not_found(ThingKind.FILE, route.thing_id)
        side = batch_requests.side_of(settlement, OPENAI, file.provider_id, request)
        path = f"{_FILES}/{file.file_id}"
        if route.part == "content":
            return side.relayed(f"{path}/content")
        if route.method == "DELETE":
            self._require_settled(file, request)
        answer, body = side.whole(route.method, path)
        if route.method == "DELETE" and answer.status in (_OK, _GONE):
            settlement.batches.forget(file.file_id)
            settlement.batches.forget(batch_items.calls_of(file.file_id))
        elif answer.is_success and (seen := provider_side.object_in(body)):
            settlement.batches.saw(file.file_id, seen)
        return side.answered(answer, [body])

    def _uploaded(self, request: Request) -> Answer:
        """Sends a file to the provider that is to serve its calls, with the model's name there in them."""
        settlement, at = self.batches.settlement, request.received_at
        parts = multipart.read(request.body, request.headers.get("content-type", ""))
        purpose = next((each.content for each in parts if each.name == "purpose"), b"")
        sent = [each for each in parts if each.name == "file"]
        if purpose != b"batch":
            message = "Files are taken for batches alone: `purpose` must be batch."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="purpose")
        if len(sent) != 1:
            raise RefusedError(Reason.INVALID_PARAMETER, "The form must have one `file`.", param="file")
        reader = BatchReader(
            settlement.catalog,
            at,
            self.batches.output,
            self.batches.learned,
            limits_output=any(each.limits_output for each in self.chain),
        )
        read = reader.of_file(sent[0].content)
        form = [_with_calls(each, read) if each is sent[0] else each for each in parts]
        body, content_type = multipart.write(form)
        side = ProviderSide(
            settlement.dispatcher, read.candidate.provider, OPENAI.api, request.deadline, request.headers
        )
        try:
            answer = side.ask("POST", _FILES, body, content_type=content_type)
            told = provider_side.body_of(answer)
        except (UnansweredError, UpstreamError) as error:
            raise error.refused from error
        seen = provider_side.object_in(told) if answer.is_success else {}
        file_id = seen.get("id")
        if isinstance(file_id, str) and file_id:
            settlement.batches.keep_calls(file_id, read.calls, at)
            settlement.batches.keep_file(
                StoredFile(
                    file_id=file_id,
                    key_id=self.chain[0].key_id,
                    provider_id=read.candidate.provider.id,
                    created_at=at,
                    seen=seen,
                    api=read.route.api.name,
                    model=read.model.system_name,
                    remote_id=read.candidate.remote_id,
                    limits_output=read.limits_output,
                )
            )
        return side.answered(answer, [told])

    def _require_settled(self, file: StoredFile, request: Request) -> None:
        """What a batch has brought is there until it is priced."""
        if file.batch_id is None:
            return
        batch = self.batches.settlement.batches.find(file.batch_id)
        if isinstance(batch, StoredBatch):
            self.batches.require_settled(batch, request)


def _with_calls(part: FormPart, read: ReadBatch) -> FormPart:
    return FormPart(part.name, read.sent, part.filename or "batch.jsonl", part.content_type)
