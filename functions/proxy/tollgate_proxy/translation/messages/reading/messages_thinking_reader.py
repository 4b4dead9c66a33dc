"""How much a request for a message asks the model to think, by `thinking` and `output_config.effort`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.conversation import ReasoningWish
from tollgate_proxy.translation.messages.reading import messages_shapes as shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.losses import Losses

_EFFORTS = ("low", "medium", "high", "xhigh", "max")
# Claude's least thinking: none but notes between calls of tools.
_LEAST = "low"


def wish(members: Mapping[str, Any], losses: Losses) -> ReasoningWish | None:
    thinking = shapes.members_or_none(members.get("thinking"), "thinking")
    if thinking.get("block_binding"):
        losses.lose("thinking.block_binding")
    effort = _effort(members, losses)
    if not thinking:
        return None if effort is None else ReasoningWish(effort)
    display = shapes.text_or_none(thinking.get("display"), "thinking.display")
    # Who asks for thinking, and doesn't say so, gets to see what is thought, if not from every model.
    shown = display != "omitted"
    match thinking.get("type"):
        case "enabled":
            return ReasoningWish(effort, _budget(thinking), shown=shown)
        case "adaptive":
            return ReasoningWish(effort, adaptive=True, shown=shown)
        case "between_tools":
            return ReasoningWish(effort or _LEAST, adaptive=True, shown=shown)
        case "disabled":
            return ReasoningWish("none")
        case _:
            kinds = "'adaptive', 'enabled', 'disabled' or 'between_tools'"
            raise shapes.refused("thinking.type", f"Input should be {kinds}")


def _budget(thinking: Mapping[str, Any]) -> int:
    budget = shapes.count(thinking.get("budget_tokens"), "thinking.budget_tokens")
    if budget is None:
        raise shapes.refused("thinking.budget_tokens", "Field required")
    return budget


def _effort(members: Mapping[str, Any], losses: Losses) -> str | None:
    config = shapes.members_or_none(members.get("output_config"), "output_config")
    if config.get("task_budget") is not None:
        losses.lose("output_config.task_budget")
    effort = shapes.text_or_none(config.get("effort"), "output_config.effort")
    if effort is not None and effort not in _EFFORTS:
        raise shapes.refused("output_config.effort", f"Input should be one of {', '.join(_EFFORTS)}")
    return effort
