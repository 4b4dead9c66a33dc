"""The models that a key may use, as each API lists its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tollgate.catalog.catalog import ProviderType
from tollgate.clock import rfc3339
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tollgate.catalog.catalog import Model
    from tollgate.ledger.scopes import Scope
    from tollgate_proxy.ports import Catalog

# https://platform.claude.com/docs/en/api/models/list
_MAX_LISTED = 1000


def usable(catalog: Catalog, chain: Iterable[Scope], wire_format: ProviderType) -> list[Model]:
    """Those that a key and its ancestors may use and that a client of that shape can call, by name."""
    scopes = list(chain)
    return sorted(
        (
            model
            for model in catalog.models()
            if _speaks(catalog, model, wire_format)
            and not any(decide.model_refusal(each, model.system_name, model.safety_level) for each in scopes)
        ),
        key=lambda model: model.system_name,
    )


def _speaks(catalog: Catalog, model: Model, wire_format: ProviderType) -> bool:
    providers = (catalog.provider(target.provider_id) for target in model.targets)
    return any(provider is not None and provider.type is wire_format for provider in providers)


def shown(model: Model, wire_format: ProviderType) -> dict[str, Any]:
    """A model as the API of that shape shows one."""
    if wire_format is ProviderType.ANTHROPIC:
        return {
            "type": "model",
            "id": model.system_name,
            "display_name": model.system_name,
            "created_at": rfc3339(model.created_at),
        }
    return {
        "id": model.system_name,
        "object": "model",
        "created": int(model.created_at.timestamp()),
        "owned_by": "tollgate",
    }


def listed(models: Sequence[Model], wire_format: ProviderType, query: str) -> dict[str, Any]:
    """The list, in Anthropic's shape a page of it; raises `RefusedError` for a page that can't be."""
    if wire_format is ProviderType.OPENAI:
        return {"object": "list", "data": [shown(model, wire_format) for model in models]}
    page = _Page.of(query)
    data, has_more = page.cut([shown(model, wire_format) for model in models])
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"data": data, "has_more": has_more, "first_id": first, "last_id": last}


@dataclass(frozen=True, slots=True)
class _Page:
    """So many after a name, or before one; all of them without a limit."""

    limit: int | None
    after: str | None
    before: str | None

    @classmethod
    def of(cls, query: str) -> _Page:
        given = {name: values[-1] for name, values in parse_qs(query).items()}
        text = given.get("limit")
        if text is not None and not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_LISTED):
            message = f"`limit` must be a number from 1 to {_MAX_LISTED}."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="limit")
        after, before = given.get("after_id"), given.get("before_id")
        if after is not None and before is not None:
            message = "`after_id` and `before_id` can't be used together."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="before_id")
        return cls(None if text is None else int(text), after, before)

    def cut(self, models: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
        """The page, and whether there are more in its direction."""
        if self.before is not None:
            earlier = [each for each in models if each["id"] < self.before]
            page = earlier if self.limit is None else earlier[-self.limit :]
            return page, len(page) < len(earlier)
        later = [each for each in models if self.after is None or each["id"] > self.after]
        page = later[: self.limit]
        return page, len(page) < len(later)
