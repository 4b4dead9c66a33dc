"""Budget requests as items of the alerts table, and where lists find them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.budget_requests.budget_requests import BudgetRequest, Decision, Place, Stage
from tollgate.clock import from_rfc3339, rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tollgate.aws.dynamodb import Item

# Whose list has the requests of all keys. No key has such an id.
OPERATORS = "operators"
OWN, BELOW = "asked#", "below#"
_REQUEST = "request#"
_KEPT = timedelta(days=400)


def request_name(place: Place) -> str:
    """The sort key of a request, by which a key's requests for a window are in their order."""
    return f"{window_prefix(place.window)}{place.number:09}"


def window_prefix(window: str) -> str:
    return f"{_REQUEST}{window}#"


def list_place(request: BudgetRequest) -> str:
    """Where a request is in lists: by time."""
    return f"{rfc3339(request.asked_at)}#{request.id}"


def id_at(list_place: str) -> str:
    return list_place.rpartition("#")[2]


def from_request(request: BudgetRequest) -> Item:
    """Without its revision, which the write gives it."""
    decision = request.decision
    return {
        "key_id": request.key_id,
        "alert": request_name(request.place),
        "wanted": request.wanted,
        "limit_then": request.limit_then,
        "reason": request.reason or None,
        "until": _text(request.until),
        "asked_by": request.asked_by,
        "asked_at": rfc3339(request.asked_at),
        "stage": request.stage.value,
        "decision": None if decision is None else _from_decision(decision),
        "expires_at": _ttl(request),
    }


def to_request(item: Mapping[str, Any]) -> BudgetRequest:
    _, window, number = item["alert"].split("#")
    return BudgetRequest(
        place=Place(item["key_id"], window, int(number)),
        wanted=item["wanted"],
        limit_then=item["limit_then"],
        reason=item.get("reason", ""),
        until=_time(item.get("until")),
        asked_by=item["asked_by"],
        asked_at=from_rfc3339(item["asked_at"]),
        stage=Stage(item["stage"]),
        decision=_to_decision(item["decision"]) if "decision" in item else None,
        revision=int(item["revision"]),
    )


def entry(list_of: str, kind: str, request: BudgetRequest) -> Item:
    """What a list has of a request: its id is in its place."""
    return {"key_id": list_of, "alert": f"{kind}{list_place(request)}", "expires_at": _ttl(request)}


def _from_decision(decision: Decision) -> Item:
    kept = {
        "by": decision.by,
        "by_name": decision.by_name,
        "at": rfc3339(decision.at),
        "note": decision.note or None,
        "limit": decision.limit,
        "until": _text(decision.until),
        "change_id": decision.change_id or None,
        "request_id": decision.request_id,
    }
    return {name: value for name, value in kept.items() if value is not None}


def _to_decision(stored: Mapping[str, Any]) -> Decision:
    return Decision(
        by=stored["by"],
        by_name=stored["by_name"],
        at=from_rfc3339(stored["at"]),
        note=stored.get("note", ""),
        limit=stored.get("limit"),
        until=_time(stored.get("until")),
        change_id=stored.get("change_id", ""),
        request_id=stored.get("request_id"),
    )


def _ttl(request: BudgetRequest) -> int:
    return int((request.asked_at + _KEPT).timestamp())


def _text(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_rfc3339(text)
