"""Further models that a request names: those that serve it if its own doesn't, and advisors.

Sources: Anthropic's "Server-side fallback" and "Advisor tool", OpenRouter's "Model fallbacks", LiteLLM's
"Fallbacks".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.options.requested_options import OFF, invalid
from tollgate_proxy.request import tools
from tollgate_proxy.request.request_numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Each is a condition of the write that admits the request, whose expression has an end.
MAX_MODELS = 8
_LISTS = ("models", "fallbacks", "fallback_models")
_SINGLE = "fallback_model"
MEMBERS = (*_LISTS, _SINGLE)
_ADVISOR = "advisor"
# What an entry of `fallbacks` may say besides: anything else is refused by Anthropic, too.
_OF_ENTRY = frozenset({"model", "max_tokens", "speed", "thinking", "output_config"})


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model by the name that clients have for it, and the member that names it.

    One that `advises` works besides the model that serves, `uses` times at most, each with an output of
    `output_tokens` at most, None being unknown. `speed` is the one that this model alone is asked for at.
    """

    name: str
    param: str
    advises: bool = False
    speed: str | None = None
    uses: int | None = None
    output_tokens: int | None = None


def read(members: Mapping[str, Any]) -> tuple[NamedModel, ...]:
    """The further models of a request; raises `RefusedError` for what can't be understood, or too many."""
    found = [*_fallbacks(members), *_advisors(members)]
    if len({named.name for named in found}) > MAX_MODELS:
        place = found[MAX_MODELS].param
        message = f"A request may name at most {MAX_MODELS} further models; `{place}` exceeds that."
        raise RefusedError(Reason.INVALID_PARAMETER, message, param=place)
    return tuple(found)


def _fallbacks(members: Mapping[str, Any]) -> Iterator[NamedModel]:
    for member in _LISTS:
        listed = members.get(member)
        # A word, as `default`, names no model but a choice of the provider's.
        if listed in OFF or (member == "fallbacks" and isinstance(listed, str)):
            continue
        if not isinstance(listed, list):
            raise invalid(member, "a list of models")
        for at, entry in enumerate(listed):
            yield _entry(entry, f"{member}[{at}]", members)
    single = members.get(_SINGLE)
    if single is not None:
        yield _entry(single, _SINGLE, members)


def _entry(entry: Any, place: str, members: Mapping[str, Any]) -> NamedModel:
    if isinstance(entry, str):
        return NamedModel(_name(entry, place), place)
    if not isinstance(entry, dict):
        raise invalid(place, "a model's name, or an object that contains it")
    if unknown := sorted(entry.keys() - _OF_ENTRY):
        message = f"`{place}.{unknown[0]}` isn't supported."
        raise RefusedError(Reason.INVALID_PARAMETER, message, param=f"{place}.{unknown[0]}")
    own = count(entry.get("max_tokens"), f"{place}.max_tokens", stays=True)
    limit = count(members.get("max_tokens"), "max_tokens")
    if own is not None and limit is not None and own > limit:
        message = f"`{place}.max_tokens` must not exceed the request's own `max_tokens`, {limit}."
        raise RefusedError(Reason.INVALID_PARAMETER, message, param=f"{place}.max_tokens")
    speed = entry.get("speed")
    if speed is not None and not isinstance(speed, str):
        raise invalid(f"{place}.speed", "a string")
    return NamedModel(_name(entry.get("model"), f"{place}.model"), f"{place}.model", speed=speed)


def _advisors(members: Mapping[str, Any]) -> Iterator[NamedModel]:
    for place, tool in tools.within(members):
        if not tools.type_of(tool).startswith(_ADVISOR):
            continue
        if not place.startswith("tools[") or "." in place:
            message = f"`{place}` isn't supported: put advisors directly into the request's `tools`."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param=place)
        yield NamedModel(
            _name(tool.get("model"), f"{place}.model"),
            f"{place}.model",
            advises=True,
            uses=count(tool.get("max_uses"), f"{place}.max_uses", stays=True),
            output_tokens=count(tool.get("max_tokens"), f"{place}.max_tokens", stays=True),
        )


def _name(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise invalid(place, "a model's name")
    return value


def renamed(members: Mapping[str, Any], remote_ids: Mapping[str, str]) -> dict[str, Any]:
    """The members that name models, changed to what a provider calls these; only those that change."""
    changes = {}
    for member in (*_LISTS, _SINGLE, "tools"):
        value = members.get(member)
        new = _renamed(member, value, remote_ids)
        if new != value:
            changes[member] = new
    return changes


def _renamed(member: str, value: Any, remote_ids: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(member, entry, remote_ids) for entry in value]
    if isinstance(value, dict) and (member != "tools" or tools.type_of(value).startswith(_ADVISOR)):
        return {**value, "model": remote_ids.get(value.get("model", ""), value.get("model"))}
    if isinstance(value, str) and member != "tools":
        return remote_ids.get(value, value)
    return value
