"""Files and batches at the gateway: what holds money goes one way, what costs nothing the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate_proxy.batches.file_requests import FileRequests

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tollgate.keys.api_keys import ApiKey
    from tollgate.ledger.admissions import Admission, AdmittedRequest
    from tollgate.ledger.scopes import Scope
    from tollgate_proxy.apis.routes import BatchRoute
    from tollgate_proxy.batches.batch_requests import BatchRequests
    from tollgate_proxy.http_messages import Answer, Request
    from tollgate_proxy.side.replays import Replay


@dataclass(frozen=True, slots=True)
class BatchRoutes:
    """`let_in` opens holds; `passed` lets a request through that costs nothing, and serves it."""

    batches: BatchRequests
    let_in: Callable[[Admission], AdmittedRequest]
    passed: Callable[[Callable[[Sequence[Scope]], Answer]], Answer]

    def serve(self, route: BatchRoute, request: Request) -> Answer:
        if route.is_of_files:
            return self.passed(lambda chain: FileRequests(self.batches, chain).serve(route, request))
        return self.passed(lambda chain: self.batches.serve(route, request, chain))

    def submit(self, route: BatchRoute, request: Request, key: ApiKey, replay: Replay) -> Answer:
        """Creates a batch, which a client that names its request does once."""
        try:
            answer = self.batches.submit(route, request, key, self.let_in)
        except Exception:
            replay.forget()
            raise
        if answer.status < 300:
            replay.keep(answer.status, answer.headers, answer.chunks)
        else:
            replay.forget()
        return answer
