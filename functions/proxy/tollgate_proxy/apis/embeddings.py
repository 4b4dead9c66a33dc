"""OpenAI's embeddings. They are no streams; one that comes all the same is read as a chat's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ModelType, ProviderApi, ProviderType
from tollgate.ledger.records import RecordKind
from tollgate.pricing.provider_usage import chat_reports
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.apis.base import Api
from tollgate_proxy.apis.chat import CHAT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.catalog.catalog import Provider
    from tollgate.pricing.provider_usage import Figures, UsageReport
    from tollgate_proxy.answers.metering import StreamMeter
    from tollgate_proxy.answers.stream_ends import StreamEnds
    from tollgate_proxy.request.json_body import JsonObject


class Embeddings(Api):
    name = ProviderApi.EMBEDDINGS
    noun = "embeddings"
    path = "/embeddings"
    wire_format = ProviderType.OPENAI
    prompt_member = "input"
    model_type = ModelType.EMBEDDING
    model_noun = "an embedding model"
    record_kind = RecordKind.EMBEDDING

    def runs_in_background(self, _request: JsonObject) -> bool:
        return False

    def output_limit(self, _members: Mapping[str, Any], _provider: Provider) -> str | None:
        return None  # there is no output

    def forces_usage(self, _members: Mapping[str, Any], _provider: Provider) -> bool:
        return False

    def figures_of(self, answer: Mapping[str, Any]) -> Figures:
        return chat_reports.figures_of(answer)

    def report_of(self, figures: Figures, _vendor: Vendor, _model: str | None) -> UsageReport:
        return chat_reports.embedding_report_of(figures)

    def generated_in(self, _answer: Mapping[str, Any]) -> Any:
        return None

    def is_whole(self, answer: Mapping[str, Any], _is_metered: Callable[[], bool]) -> bool:
        vectors = answer.get("data")
        return isinstance(vectors, list) and any(
            isinstance(each, dict) and each.get("embedding") for each in vectors
        )

    def stream_meter(
        self,
        request: Mapping[str, Any],
        *,
        hide_usage: bool = False,
        vendor: Vendor = Vendor.OTHER,
        model: str | None = None,
    ) -> StreamMeter:
        return CHAT.stream_meter(request, hide_usage=hide_usage, vendor=vendor, model=model)

    def has_begun(self, event: Mapping[str, Any]) -> bool:
        return CHAT.has_begun(event)

    def ends(self) -> StreamEnds:
        return CHAT.ends()


EMBEDDINGS = Embeddings()
