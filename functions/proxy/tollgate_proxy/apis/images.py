"""OpenAI's images: https://platform.openai.com/docs/api-reference/images.

A model that is paid by the token reports its usage, with the answer or with a stream's last event; one that
is paid by the image is charged for those that are there, at the price of what was asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ModelType, ProviderApi, ProviderType
from tollgate.ledger.records import RecordKind
from tollgate.pricing.provider_usage import chat_reports
from tollgate.pricing.usage import IMAGES_MADE
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.answers.metering import StreamMeter
from tollgate_proxy.answers.stream_ends import StreamEnds
from tollgate_proxy.apis.base import Api
from tollgate_proxy.options.requested_options import OptionKind, RequestedOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tollgate.catalog.catalog import Provider
    from tollgate.pricing.provider_usage import Figures, UsageReport
    from tollgate_proxy.request.json_body import JsonObject

_PARTIAL = "image_generation.partial_image"
_COMPLETED = ("image_generation.completed", "image_edit.completed")
_PARTS = ("b64_json", "url")


class Images(Api):
    name = ProviderApi.IMAGES
    noun = "an image"
    path = "/images/generations"
    wire_format = ProviderType.OPENAI
    prompt_member = "prompt"
    model_type = ModelType.IMAGE
    model_noun = "an image model"
    record_kind = RecordKind.IMAGE
    # A prompt is text alone, whatever other APIs have stored under that name.
    plain_members = frozenset({"prompt"})

    def runs_in_background(self, _request: JsonObject) -> bool:
        return False

    def options_of(self, members: Mapping[str, Any]) -> Iterator[RequestedOption]:
        from tollgate_proxy.bounds import image_bounds  # noqa: PLC0415 - few calls are for images

        number, kind = image_bounds.number_of(members), image_bounds.kind_of(members)
        yield RequestedOption(OptionKind.IMAGE, "image", "size", number, kind)

    def output_limit(self, _members: Mapping[str, Any], _provider: Provider) -> str | None:
        return None  # size and quality limit it

    def forces_usage(self, _members: Mapping[str, Any], _provider: Provider) -> bool:
        return False

    def figures_of(self, answer: Mapping[str, Any]) -> Figures:
        found = chat_reports.figures_of(answer)
        made = _number_in(answer)
        if not made:
            return found
        return replace(found, tool_calls={**found.tool_calls, IMAGES_MADE: made})

    def report_of(self, figures: Figures, vendor: Vendor, _model: str | None) -> UsageReport:
        return chat_reports.report_of(figures, vendor)

    def generated_in(self, answer: Mapping[str, Any]) -> Any:
        return None if answer.get("data") is None else ""

    def tokens_of(self, _generated: Any) -> int:
        return 0  # what images come to, no text tells

    def is_whole(self, answer: Mapping[str, Any], _is_metered: Callable[[], bool]) -> bool:
        return _number_in(answer) > 0

    def stream_meter(
        self,
        request: Mapping[str, Any],
        *,
        hide_usage: bool = False,  # noqa: ARG002 - its streams report usage unasked
        vendor: Vendor = Vendor.OTHER,
        model: str | None = None,
    ) -> StreamMeter:
        return ImageStreamMeter(self, request, vendor=vendor, model=model)

    def has_begun(self, event: Mapping[str, Any]) -> bool:
        return event.get("type") == _PARTIAL or event.get("type") in _COMPLETED

    def ends(self) -> StreamEnds:
        return ImageEnds()


IMAGES = Images()


class ImageStreamMeter(StreamMeter):
    """Meters a stream of partial images: its last event has the image, and the usage."""

    def _see(self, event: dict[str, Any]) -> None:
        if event.get("type") in _COMPLETED:
            self._tally.add_report(self._tally.source.figures_of(event))


class ImageEnds(StreamEnds):
    """Of a stream of images: the completed image is its last event."""

    _ended = False

    @property
    def has_ended(self) -> bool:
        return self._ended

    def _see(self, _data: bytes, parsed: Mapping[str, Any]) -> None:
        if parsed.get("type") in _COMPLETED:
            self._ended = True


def _number_in(answer: Mapping[str, Any]) -> int:
    """How many images an answer has, or a stream's event."""
    if answer.get("type") in _COMPLETED:
        return 1
    made = answer.get("data")
    listed = made if isinstance(made, list) else []
    return sum(1 for each in listed if isinstance(each, dict) and any(each.get(part) for part in _PARTS))
