"""Items as version 0.1 wrote them, attribute for attribute: what a stack has that is older than today's."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tollgate.aws.dynamodb import Item
    from tollgate.keys.api_keys import ApiKey

# The builders' NOW, a second and two minutes later.
_NOW, _UNTIL = Decimal("1773500966.535"), Decimal("1773501086.535")
_NOW_TEXT, _DONE_TEXT = "2026-03-14T15:09:26.535Z", "2026-03-14T15:09:27.535Z"
_MARCH, _APRIL = Decimal(1772323200), Decimal(1775001600)
_UNLIMITED = Decimal(10**12)


def key_item(key: ApiKey, **changes: Any) -> Item:
    """A key with a budget of 10 USD and 5 a month, of which 2 are used."""
    return {
        "name": "an old key",
        "enforcement": "hard",
        "budget_limit": Decimal(10),
        "rpm_limit": _UNLIMITED,
        "tpm_limit": _UNLIMITED,
        "max_parallel": Decimal(100),
        "overcommit": True,
        "owner_email": "owner@example.com",
        "allowed_models": {"small", "large"},
        "tags": {"team": "search"},
        "price_factor": Decimal(1),
        "priority": "normal",
        "keep_bodies": False,
        "manage_children": False,
        "status": "active",
        "secret_hash": key.secret_hash,
        "quota_limit": Decimal(5),
        "quota_period": "month",
        "quota_zone": "UTC",
        "quota_start_day": Decimal(1),
        "quota_carries_unused": False,
        "quota_carries_overspend": False,
        "quota_starts_at": _MARCH,
        "quota_resets_at": _APRIL,
        "quota_allowance": Decimal(5),
        "quota_used": Decimal(2),
        "quota_available": Decimal(3),
        "quota_reset": Decimal(0),
        "key_id": key.key_id,
        "budget_used": Decimal(2),
        "budget_available": Decimal(8),
        "budget_reset": Decimal(0),
        "rates": {"r29558349": _UNLIMITED - 1, "t29558349": _UNLIMITED - 1100},
        "holds": {},
        "closed": {},
        "created_at": _NOW_TEXT,
        "updated_at": _NOW_TEXT,
        "revision": Decimal(1),
        "last_used_at": _NOW_TEXT,
        **changes,
    }


def holding(item: Item, request_id: str, hold: Item) -> Item:
    """With an open request, in the present window."""
    return {
        **item,
        "holds": {**item["holds"], request_id: hold},
        "budget_available": item["budget_available"] - hold["amount"],
        "quota_available": item["quota_available"] - hold["amount"],
    }


def own_hold(amount: str = "0.5") -> Item:
    return {
        **_hold(amount),
        "call": {
            "model": "small",
            "kind": "completion",
            "price": "mdl_81db8ebbbbc69c6c6ad4:1",
            "prompt": Decimal(100),
            "input": Decimal("0.1"),
            "streamed": False,
        },
    }


def ancestors_hold(key: ApiKey, amount: str = "0.5") -> Item:
    return {**_hold(amount), "key": key.key_id}


def _hold(amount: str) -> Item:
    return {"amount": Decimal(amount), "tokens": Decimal(1100), "at": _NOW, "until": _UNTIL}


def record_item(request_id: str, *scopes: ApiKey, cost: str = "2") -> Item:
    """A call of the first of the scopes, which another provider had failed at."""
    return {
        "key_id": scopes[0].key_id,
        "request_id": request_id,
        "day_shard": "2026-03-14#0",
        "kind": "completion",
        "outcome": "succeeded",
        "model": "small",
        "model_id": "mdl_81db8ebbbbc69c6c6ad4",
        "provider_id": "prv_ec864fe99b539704b887",
        "remote_model": "small-2026",
        "prompt_tokens": Decimal(1000),
        "completion_tokens": Decimal(200),
        "tokens": {"input": Decimal(1000), "output": Decimal(200)},
        "tool_calls": {},
        "usage_source": "provider",
        "price_version": "mdl_81db8ebbbbc69c6c6ad4:1",
        "price_factor": Decimal(1),
        "breakdown": [
            {"item": "request", "quantity": Decimal(1), "unit_price": Decimal(cost), "cost": Decimal(cost)}
        ],
        "calculated_cost": Decimal(cost),
        "created_at": _NOW_TEXT,
        "completed_at": _DONE_TEXT,
        "http_status": Decimal(200),
        "streamed": False,
        "scopes": [each.key_id for each in scopes],
        "exceeds_hold": False,
        "tags": {},
        "attempts": [
            {
                "provider_id": "prv_b",
                "remote_model": "small",
                "fault": "unreachable",
                "http_status": None,
                "duration_ms": Decimal(7),
                "tokens": {},
                "tool_calls": {},
                "service_tier": None,
                "speed": None,
                "inference_geo": None,
                "other_models": None,
                "usage_flags": None,
                "usage_source": "provider",
                "price_version": "mdl_small:1",
                "cost": Decimal(0),
            }
        ],
        "expires_at": Decimal(1808060966),
    }
