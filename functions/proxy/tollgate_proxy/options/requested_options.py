"""Requested options: each thing that a request asks for and that changes what its provider charges."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.pricing.image_prices import ImageKind

# What means that a switch is off.
OFF: tuple[Any, ...] = (None, False, [], "")


class OptionKind(StrEnum):
    """What an option is for. Opaque ones leave it to the provider what it charges: no price covers them."""

    TIER = "service tier"
    SPEED = "speed"
    GEO = "inference region"
    CACHE = "cache lifetime"
    TOOL = "tool"
    SEARCH = "search type"
    OUTPUT = "output type"
    IMAGE = "image"
    OPAQUE_TIER = "serving option"
    OPAQUE_TOOL = "setting"
    OPAQUE_MODEL = "model selection"


_OF_TIERS = frozenset(
    {OptionKind.TIER, OptionKind.SPEED, OptionKind.GEO, OptionKind.CACHE, OptionKind.OPAQUE_TIER}
)


class RequestedOption(NamedTuple):
    """`place` is the member that asks; `uses` how often a tool may run, None if the request doesn't say."""

    kind: OptionKind
    name: str
    param: str
    uses: int | None = None
    image: ImageKind | None = None

    @property
    def reason(self) -> Reason:
        """Why a request with this option is refused where it has no price."""
        if self.kind is OptionKind.OPAQUE_MODEL:
            return Reason.MODEL_NOT_PRICED
        return Reason.TIER_NOT_PRICED if self.kind in _OF_TIERS else Reason.TOOL_NOT_PRICED


class OptionScope(NamedTuple):
    """A request's members, or those of an object within it that a provider reads like them.

    Names are in snake case, as Google's JSON may as well be in camel case; `prefix` is their place.
    """

    prefix: str
    members: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """A member that is a name; raises `RefusedError` for anything else."""
        value = self.members.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid(f"{self.prefix}{name}", "a string")
        return value

    def object(self, name: str) -> Mapping[str, Any]:
        """A member that is an object, an empty one if it isn't there; raises `RefusedError` if it is none."""
        value = self.members.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise invalid(f"{self.prefix}{name}", "an object")
        return value


def invalid(param: str, wanted: str) -> RefusedError:
    return RefusedError(Reason.INVALID_PARAMETER, f"`{param}` must be {wanted}.", param=param)
