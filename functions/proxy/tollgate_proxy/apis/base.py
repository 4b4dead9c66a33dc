"""An API: all that the gateway must know of an endpoint whose calls it meters.

Each has a module of its own here, and a line in the registry. What is left to the defaults is what most of
them have in common, and can't make a call cost more than is held for it; whatever could has no default.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from tollgate.lean_dataclass import dataclass
from tollgate.ledger.records import RecordKind
from tollgate.pricing.vendors import Vendor
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import sse
from tollgate_proxy.answers.answer_reader import AnswerReader
from tollgate_proxy.bounds import prompt_overheads

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping

    from tollgate.catalog.catalog import ModelType, Provider, ProviderApi, ProviderType
    from tollgate_proxy.answers.metering import StreamMeter
    from tollgate_proxy.bounds.prompt_overheads import Overhead
    from tollgate_proxy.options.requested_options import RequestedOption
    from tollgate_proxy.request.json_body import JsonObject


@dataclass(frozen=True, slots=True)
class InputCount:
    """Where providers count a call's input for free: by which of its members, in tokens.

    `is_served` if clients may ask for it, too.
    """

    path: str
    members: tuple[str, ...]
    is_served: bool = False


@dataclass(frozen=True, slots=True)
class StoredPath:
    """A path of what providers store, its second group being the id; what follows /v1 is the first."""

    pattern: re.Pattern[str]
    methods: tuple[str, ...]


class Api(AnswerReader):
    """An endpoint by its route, and by the shape of its requests, answers and streams.

    `path` is what follows the provider's base URL, and /v1 here; `wire_format` is the wire format of the
    providers that serve it, whoever they are. A body with the `prompt_member` fits it.
    """

    name: ClassVar[ProviderApi]
    path: ClassVar[str]
    wire_format: ClassVar[ProviderType]
    prompt_member: ClassVar[str]
    model_type: ClassVar[ModelType]
    model_noun: ClassVar[str] = "a chat model"
    record_kind: ClassVar[RecordKind] = RecordKind.COMPLETION
    count: ClassVar[InputCount | None] = None
    stored_paths: ClassVar[tuple[StoredPath, ...]] = ()
    # Whether a request without a limit on its output is refused by providers.
    requires_limit: ClassVar[bool] = False
    # Whether no output at all can be asked for: 0 is a limit then, and none elsewhere.
    takes_zero_output: ClassVar[bool] = False
    # Members that are text alone here, and ask for what a provider has stored or runs elsewhere.
    plain_members: ClassVar[frozenset[str]] = frozenset()
    # What is put around a prompt by providers of which nothing is known.
    framing: ClassVar[Overhead] = prompt_overheads.DEFAULT

    def __str__(self) -> str:
        return self.name

    def require_served(self, members: Mapping[str, Any]) -> None:
        """Raises `RefusedError` for a request of the API that isn't served."""

    def fits(self, members: Mapping[str, Any]) -> bool:
        """Whether a body seems to be a request of the API."""
        return self.prompt_member in members

    @abstractmethod
    def runs_in_background(self, request: JsonObject) -> bool:
        """Whether the answer is made after it was given; raises `RefusedError` for a switch that is none."""

    def previous_response(self, _members: Mapping[str, Any]) -> str | None:
        """The stored response that a request goes on from."""
        return None

    def path_with(self, _query: str) -> str:
        """The path at the provider, with what of a client's query goes upstream."""
        return self.path

    def options_of(self, _members: Mapping[str, Any]) -> Iterable[RequestedOption]:
        """What of a request's own changes its price, besides what requests of all APIs may ask for."""
        return ()

    @abstractmethod
    def output_limit(self, members: Mapping[str, Any], provider: Provider) -> str | None:
        """The member by which a provider's output is to be limited beyond what the client's request does.

        None where nothing can pass what is held: without output, or with a limit that clients must state.
        """

    def limits_tools(self, _vendors: frozenset[Vendor]) -> bool:
        """Whether all vendors keep to a limit on hosted tools' calls that is set for them."""
        return False

    @abstractmethod
    def forces_usage(self, members: Mapping[str, Any], provider: Provider) -> bool:
        """Whether a stream reports usage because Tollgate asks for it, and the client didn't."""

    def reporting(self, _stream_options: JsonObject | None) -> dict[str, Any]:
        """The members that ask for a stream's usage, with the options that the client has set."""
        return {}

    @abstractmethod
    def stream_meter(
        self,
        request: Mapping[str, Any],
        *,
        hide_usage: bool = False,
        vendor: Vendor = Vendor.OTHER,
        model: str | None = None,
    ) -> StreamMeter:
        """The meter for a stream; with `hide_usage`, it takes out the report that Tollgate has asked for."""

    def error_event(self, body: dict[str, Any]) -> bytes:
        """The event that ends a stream with an error, as the API's own do; `body` is an error's."""
        return sse.written(body)


def is_set(request: JsonObject, name: str) -> bool:
    """Whether a switch is on that decides how a call is metered; refuses what a provider may take for on."""
    value = request.members.get(name)
    if value is not None and not isinstance(value, bool):
        raise RefusedError(Reason.INVALID_PARAMETER, f"`{name}` must be a boolean.", param=name)
    return bool(value)
