"""Reading a batch's calls: each as the call that it is, of one model, for one of its providers.

Formats: OpenAI's guide "Batch API" (a line of the input file), Anthropic's API reference (create a message
batch).
"""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderType
from tollgate.gateway_state.store.batch_items import NAME_BYTES
from tollgate.gateway_state.stored_batches import BatchCall, BatchCalls, CallLimits
from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy import metered_call
from tollgate_proxy.apis import routes
from tollgate_proxy.apis.messages import MESSAGES
from tollgate_proxy.apis.routes import CallRoute
from tollgate_proxy.batches import batch_prices
from tollgate_proxy.options import candidate_prices
from tollgate_proxy.options.requested_options import OptionKind
from tollgate_proxy.request import json_body

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from tollgate.catalog.catalog import Model
    from tollgate_proxy.bounds.call_bounds import OutputPolicy
    from tollgate_proxy.bounds.prompt_overheads import ObservedOverheads
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.ports import Catalog

# What a batch decides itself: its calls can't be served at another tier, or speed.
_OF_BATCH = (OptionKind.TIER, OptionKind.SPEED)


# What is read of a line of a file, and of a request of a message batch.
_LINE = ("custom_id", "method", "url", "body")
_ITEM = ("custom_id", "params")


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """A batch's calls, the model that all of them name, and whom it goes to; `sent` is what that is sent.

    With `limits_output` all of them have a limit on their output.
    """

    route: CallRoute
    model: Model
    candidate: Candidate
    calls: BatchCalls
    sent: bytes
    limits_output: bool


def name_of(custom_id: str) -> bytes:
    """What a call of a batch is known by here; what its client calls it is the client's business."""
    return sha256(custom_id.encode(errors="surrogatepass")).digest()[:NAME_BYTES]


class BatchReader:
    """Takes a batch's calls one after the other; raises `RefusedError` for the first that can't be served.

    With `limits_output`, the ones without a limit on their output get the one that is reserved for them.
    """

    def __init__(
        self,
        catalog: Catalog,
        at: datetime,
        output: OutputPolicy,
        learned: ObservedOverheads,
        *,
        limits_output: bool,
    ) -> None:
        self._catalog, self._at, self._output, self._learned = catalog, at, output, learned
        self._limits_output = limits_output
        self._calls: list[BatchCall] = []
        self._names: set[bytes] = set()
        self._limits: dict[str, tuple[int, CallLimits]] = {}
        self._route: CallRoute | None = None
        self._model: Model | None = None
        self._candidate: Candidate | None = None

    def of_file(self, content: bytes) -> ReadBatch:
        """The calls of OpenAI's file, one a line."""
        lines = []
        for number, line in enumerate(content.split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                lines.append(self._of_line(line.strip()))
            except RefusedError as refused:
                raise _at(f"Line {number}", refused) from refused
        return self._read(b"\n".join(lines) + b"\n")

    def of_messages(self, sent: bytes) -> ReadBatch:
        """The calls in Anthropic's request."""
        request = json_body.parse(sent)
        require_spelled(request.members, ("requests",))
        found = request.members.get("requests")
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise _invalid("requests", "a list of objects")
        items = []
        for place, each in enumerate(found):
            try:
                items.append(self._of_item(each))
            except RefusedError as refused:
                raise _at(f"requests[{place}]", refused) from refused
        return self._read(request.encode({"requests": b"[" + b",".join(items) + b"]"}))

    def _of_line(self, line: bytes) -> bytes:
        read = json_body.parse(line)
        require_spelled(read.members, _LINE)
        if read.members.get("method", "POST") != "POST":
            raise _invalid("method", "POST")
        route = route_of(read.members.get("url"), "url")
        if not isinstance(read.members.get("body"), dict):
            raise _invalid("body", "an object")
        body = self._add(route, read.members.get("custom_id"), read.member("body").text.encode())
        return read.encode({"body": body})

    def _of_item(self, found: Mapping[str, Any]) -> bytes:
        # Written anew, so that what is sent is what was read, whatever was said twice.
        require_spelled(found, _ITEM)
        params = found.get("params")
        if not isinstance(params, dict):
            raise _invalid("params", "an object")
        body = self._add(CallRoute(MESSAGES), found.get("custom_id"), json.dumps(params).encode())
        item = json_body.parse(json.dumps(found).encode())
        return item.encode({"params": body})

    def _add(self, route: CallRoute, custom_id: Any, body: bytes) -> bytes:
        """Takes a call; returns its body as it goes to the provider."""
        if not isinstance(custom_id, str) or not custom_id:
            raise _invalid("custom_id", "a string that isn't empty")
        name = name_of(custom_id)
        if name in self._names:
            message = f"The `custom_id` {custom_id!r} is given twice."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="custom_id")
        call = metered_call.parse_call(
            route, body, self._catalog, self._at, self._output, learned=self._learned
        )
        if call.route.api is not route.api:
            raise _without_batches(call)
        _require_batchable(call)
        candidate = self._require_alike(route, call)
        demand = candidate_prices.demand_of((candidate,), call.demand, call.options)
        call = replace(call, candidates=(candidate,), demand=demand)
        limits = batch_prices.limits_of(call, limits_output=self._limits_output)
        self._names.add(name)
        self._calls.append(
            BatchCall(name, demand.prompt_tokens, demand.output_tokens, self._place_of(limits))
        )
        return call.body(candidate, demand.output_tokens if self._limits_output else None)

    def _require_alike(self, route: CallRoute, call: Call) -> Candidate:
        """Who serves the batch; raises `RefusedError` for a call that isn't for the same as those before."""
        if self._route is None or self._model is None or self._candidate is None:
            self._route, self._model = route, call.model
            self._candidate = _first(call)
        if route.path != self._route.path:
            raise _invalid("url", f"the same throughout a batch, here `/v1{self._route.path}`")
        if call.model.id != self._model.id:
            message = (
                f"All requests of a batch must name one model, here `{self._model.system_name}`. Send a "
                "batch for each model."
            )
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="model")
        target = self._candidate.target
        found = next((each for each in call.candidates if each.target == target), None)
        if found is None:
            message = f"{self._candidate.provider.name}, to which the batch goes, can't serve it."
            raise RefusedError(Reason.MODEL_WRONG_PROVIDER, message, param="model")
        return found

    def _place_of(self, limits: CallLimits) -> int:
        told = json.dumps([limits.choices, limits.other_output_tokens, dict(limits.tool_calls)])
        told += json.dumps([limits.limits_output, dict(limits.options)], default=str)
        return self._limits.setdefault(told, (len(self._limits), limits))[0]

    def _read(self, sent: bytes) -> ReadBatch:
        if self._route is None or self._model is None or self._candidate is None:
            raise RefusedError(Reason.INVALID_PARAMETER, "The batch has no requests.")
        kinds = tuple(limits for _, limits in self._limits.values())
        has_output = self._model.type.has_output
        return ReadBatch(
            self._route,
            self._model,
            self._candidate,
            BatchCalls(tuple(self._calls), kinds),
            sent,
            limits_output=not has_output or all(each.limits_output for each in kinds),
        )


def require_spelled(members: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuses what a provider that takes names in any case may read as one of those that are known."""
    for name in members:
        if name not in known and name.casefold() in known:
            message = f"The member `{name}` must be spelled `{name.casefold()}`."
            raise RefusedError(Reason.UNKNOWN_MEMBER, message, param=name)


def route_of(url: Any, param: str) -> CallRoute:
    """The call that a batch's lines are for, as OpenAI or Azure names it; raises `RefusedError`."""
    if not isinstance(url, str) or not url:
        raise _invalid(param, "a path, such as /v1/chat/completions")
    route = routes.call(url if url.startswith("/v1/") else f"/v1{url}")
    if route.api.wire_format is not ProviderType.OPENAI:
        raise _invalid(param, "a path of OpenAI's API: send messages to POST /v1/messages/batches")
    return route


def _first(call: Call) -> Candidate:
    """The first of a model's providers that have batches of the call's API; raises `RefusedError`."""
    with_batches = [each for each in call.candidates if each.provider.type is call.route.api.wire_format]
    if not with_batches:
        raise _without_batches(call)
    return min(with_batches, key=lambda each: (each.priority, -each.weight))


def _without_batches(call: Call) -> RefusedError:
    name = call.model.system_name
    message = f"No provider of the model `{name}` has batches of this API, and they aren't translated."
    return RefusedError(Reason.MODEL_WRONG_PROVIDER, message, param="model")


def _require_batchable(call: Call) -> None:
    """Refuses what can't be told from a batch's results, or isn't decided by its calls."""
    for member, asked in (
        ("stream", call.streams),
        ("background", call.runs_in_background),
        ("previous_response_id", call.previous_response is not None),
    ):
        if asked:
            message = f"`{member}` can't be used in a batch."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param=member)
    option = next((each for each in call.options.requested if each.kind in _OF_BATCH), None)
    if option is not None:
        message = f"`{option.param}` can't be used in a batch, which has a tier of its own."
        raise RefusedError(Reason.INVALID_PARAMETER, message, param=option.param)
    if call.further_models:
        message = "A request of a batch can't name further models."
        raise RefusedError(Reason.INVALID_PARAMETER, message, param=call.further_models[0].param)


def _at(place: str, refused: RefusedError) -> RefusedError:
    return RefusedError(refused.reason, f"{place}: {refused.message}", param=refused.param)


def _invalid(param: str, wanted: str) -> RefusedError:
    return RefusedError(Reason.INVALID_PARAMETER, f"`{param}` must be {wanted}.", param=param)
