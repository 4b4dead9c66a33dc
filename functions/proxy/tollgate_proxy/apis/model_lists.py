"""The models that a key may use, as each API lists its own.

A client sees what it can call in any way: a provider that speaks another API is asked in that one.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tollgate.catalog import spoken_apis
from tollgate.catalog.catalog import ProviderType
from tollgate.clock import rfc3339
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.apis.registry import APIS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tollgate.catalog.catalog import Model
    from tollgate.ledger.scopes import Scope
    from tollgate_proxy.ports import Catalog

# https://platform.claude.com/docs/en/api/models/list
_MAX_LISTED, _LISTED = 1000, 20
# By this parameter Codex says who it is, and reads its own list (`ModelsResponse` in openai/codex) beside
# OpenAI's. Each entry of that would have to bring the instructions that the agent follows with the model, in
# place of its own, and none says that it keeps them: an empty list leaves them, and the names, to Codex.
_CODEX = "client_version"


def usable(catalog: Catalog, chain: Sequence[Scope], wire_format: ProviderType) -> list[Model]:
    """Those that a key and its ancestors may use and that a client of that shape can call."""
    return [model for model in catalog.models() if is_usable(catalog, chain, model, wire_format)]


def is_usable(catalog: Catalog, chain: Sequence[Scope], model: Model, wire_format: ProviderType) -> bool:
    """Whether a key and its ancestors may use a model, and a client of that shape can call it."""
    return _is_served(catalog, model, wire_format) and not any(
        decide.model_refusal(each, model.system_name, model.safety_level) for each in chain
    )


def _is_served(catalog: Catalog, model: Model, wire_format: ProviderType) -> bool:
    fitting = [api for api in APIS if api.model_type is model.type]
    if not any(api.wire_format is wire_format for api in fitting):
        return False
    providers = (catalog.provider(target.provider_id) for target in model.targets)
    return any(
        spoken_apis.endpoint(provider, api.name) is not None
        for provider in providers
        if provider is not None
        for api in fitting
    )


def shown(name: str, model: Model, wire_format: ProviderType) -> dict[str, Any]:
    """A model by one of its names, as the API of that shape shows one."""
    if wire_format is ProviderType.ANTHROPIC:
        return {
            "type": "model",
            "id": name,
            "display_name": name,
            "created_at": rfc3339(model.created_at),
            "max_input_tokens": model.context_limit,
            "max_tokens": model.output_limit,
            "lifecycle": "active",
            "deprecated_at": None,
            "retires_at": None,
            "line": None,
            "capabilities": None,
        }
    return {
        "id": name,
        "object": "model",
        "created": int(model.created_at.timestamp()),
        "owned_by": "tollgate",
    }


def listed(models: Sequence[Model], wire_format: ProviderType, query: str) -> dict[str, Any]:
    """The list, by all their names, in Anthropic's shape a page of it.

    Raises `RefusedError` for a page that can't be.
    """
    named = sorted(
        ((name, model) for model in models for name in (model.system_name, *model.aliases)),
        key=itemgetter(0),
    )
    given = {name: values[-1] for name, values in parse_qs(query).items()}
    if wire_format is ProviderType.OPENAI:
        told: dict[str, Any] = {"object": "list", "data": [shown(*each, wire_format) for each in named]}
        return {**told, "models": []} if _CODEX in given else told
    page = _Page.of(given)
    data, has_more = page.cut([shown(*each, wire_format) for each in named])
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"data": data, "has_more": has_more, "first_id": first, "last_id": last}


@dataclass(frozen=True, slots=True)
class _Page:
    """So many after a name, or before one."""

    limit: int
    after: str | None
    before: str | None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> _Page:
        text = given.get("limit", str(_LISTED))
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_LISTED):
            message = f"`limit` must be a number from 1 to {_MAX_LISTED}."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="limit")
        after, before = given.get("after_id"), given.get("before_id")
        if after is not None and before is not None:
            message = "`after_id` and `before_id` can't be used together."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="before_id")
        return cls(int(text), after, before)

    def cut(self, models: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
        """The page, and whether there are more in its direction."""
        if self.before is not None:
            earlier = [each for each in models if each["id"] < self.before]
            page = earlier[-self.limit :]
            return page, len(page) < len(earlier)
        later = [each for each in models if self.after is None or each["id"] > self.after]
        page = later[: self.limit]
        return page, len(page) < len(later)
