"""A provider, asked for its files and batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate.pricing.price_versions import UNPRICED
from tollgate_proxy.answers import answer_forms, provider_json
from tollgate_proxy.http_messages import Answer
from tollgate_proxy.options.candidate import Candidate
from tollgate_proxy.serving.failover import UnansweredError, UpstreamCall
from tollgate_proxy.upstream.provider_calls import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from tollgate.catalog.catalog import Provider, ProviderApi
    from tollgate_proxy.serving.failover import Dispatcher
    from tollgate_proxy.upstream.provider_calls import UpstreamAnswer

_LINE_END = b"\n"


@dataclass(frozen=True, slots=True)
class ProviderSide:
    """Asks a provider by one API; `headers` are the client's, none where nobody waits."""

    dispatcher: Dispatcher
    provider: Provider
    api: ProviderApi
    deadline: datetime
    headers: Mapping[str, str]

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        content_type: str = "application/json",
        streams: bool = False,
    ) -> UpstreamAnswer:
        """The answer, an error's, too; raises `UnansweredError`, or the refusal of a key that isn't taken."""
        served = self.dispatcher.ask(
            UpstreamCall(
                api=self.api,
                path=path,
                candidates=[Candidate(self.provider, remote_id="", price=UNPRICED)],
                headers=self.headers,
                answer_by=self.deadline,
                deadline=self.deadline,
                body=lambda _: body,
                method=method,
                streams=streams,
                is_free=True,
                content_type=content_type,
            )
        )
        if served.wrong is not None and served.wrong.refused is not None:
            served.answer.close()
            raise served.wrong.refused
        return served.answer

    def whole(self, method: str, path: str, body: bytes | None = None) -> tuple[UpstreamAnswer, bytes]:
        """The answer and its body, for a client that waits; raises `RefusedError` without one."""
        try:
            answer = self.ask(method, path, body)
            return answer, body_of(answer)
        except (UnansweredError, UpstreamError) as error:
            raise error.refused from error

    def relayed(self, path: str) -> Answer:
        """The answer, passed on as it comes: results may be of any size."""
        try:
            answer = self.ask("GET", path, streams=True)
        except UnansweredError as error:
            raise error.refused from error
        # An empty piece says that nothing has come for a while: of a file there is nothing to say meanwhile.
        return self.answered(answer, filter(None, answer.chunks))

    def answered(self, answer: UpstreamAnswer, chunks: Iterable[bytes]) -> Answer:
        """What a client gets of an answer."""
        headers = {**answer.headers, "x-tollgate-provider": self.provider.name}
        return Answer(answer.status, headers, chunks)


def body_of(answer: UpstreamAnswer) -> bytes:
    """The whole of an answer that is an object; raises `UpstreamError`."""
    return b"".join(answer_forms.decoded(answer).chunks)


def object_in(body: bytes) -> dict[str, Any]:
    """The JSON object that an answer is, an empty one if it is none."""
    try:
        found = provider_json.value_of(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def lines_of(answer: UpstreamAnswer) -> Iterator[bytes]:
    """The lines of an answer that may be of any length; raises `UpstreamError` where it breaks off."""
    rest = bytearray()
    for chunk in answer.chunks:
        first, *others = chunk.split(_LINE_END)
        rest += first
        for each in others:
            if rest.strip():
                yield bytes(rest)
            rest = bytearray(each)
    if rest.strip():
        yield bytes(rest)
