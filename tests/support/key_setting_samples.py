"""A sample of each setting of a key: whoever declares a setting adds one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.admin_client import Admin, Answer
    from tests.support.key_client import KeyClient
    from tollgate.ledger.key_settings import Setting

T = TypeVar("T")

# Stands for the id of a key that there is.
A_KEY = "a key's id"


@dataclass(frozen=True)
class Sample:
    """A value of a setting that new keys don't have, and what an edit clears it with, as bodies have them.

    `beside` is what else a key must have; `edit` is the method and the place of an admin's edit.
    """

    value: Any
    cleared: Any = None
    beside: Mapping[str, Any] = field(default_factory=dict)
    edit: tuple[str, str] = ("PATCH", "")


_QUOTA = {"quotaLimit": "5"}
SAMPLES = {
    "name": Sample("another name", "a key"),
    "parent_id": Sample(A_KEY),
    "owner_email": Sample("ann@example.com"),
    "enforcement": Sample("hard", "soft"),
    "budget_limit": Sample("10.5", edit=("PUT", "/budget")),
    "quota.limit": Sample("5.25"),
    "quota.period": Sample("week", "month", _QUOTA),
    "quota.zone": Sample("Asia/Tokyo", "UTC", _QUOTA),
    "quota.start_day": Sample(15, 1, _QUOTA),
    "quota.carries_unused": Sample(True, False, _QUOTA),
    "quota.carries_overspend": Sample(True, False, _QUOTA),
    "rpm_limit": Sample(10),
    "tpm_limit": Sample(1000),
    "max_parallel": Sample(3),
    "overcommit": Sample(False, True),
    "thresholds": Sample([{"percent": 50, "level": "urgent", "notify": ["admin"]}]),
    "alert_debounce_seconds": Sample(1800),
    "allowed_models": Sample(["large", "small"]),
    "expires_at": Sample("2101-01-01T00:00:00.000Z"),
    "external_id": Sample("4711"),
    "managed_by": Sample("platform/search.keys-1_a"),
    "tags": Sample({"team": "search"}, {}),
    "billing_mode": Sample("hybrid"),
    "cost_centre": Sample("CC-4711"),
    "overage": Sample("metered", "stop"),
    "overage_limit": Sample("2.5"),
    "overage_factor": Sample("1.2", "1"),
    "price_factor": Sample("1.5"),
    "model_price_factors": Sample({"small": "0.8"}, {}),
    "scheduled_price_factors": Sample(
        [
            {
                "factor": "0.9",
                "from": "2101-01-01T00:00:00.000Z",
                "until": "2102-01-01T00:00:00.000Z",
                "models": ["small"],
            },
            {"factor": "0.95", "from": None, "until": None, "models": None},
        ],
        [],
    ),
    "minimum_fee": Sample("0.01"),
    "safety_level": Sample(0),
    "priority": Sample("high", "normal"),
    "keep_bodies": Sample(True, False),
    "manage_children": Sample(True, False),
    "budget_refusal_status": Sample(402),
    "downgrade": Sample(
        {
            "rules": [{"from": "large", "to": ["small", "tiny"]}, {"from": "fast", "to": ["small"]}],
            "enterPercent": 95,
            "exitPercent": 50,
            "switchConversations": True,
        }
    ),
    "priority_reserves": Sample(
        {
            "low": {"upToPercent": 70, "policy": "downgrade"},
            "normal": {"upToPercent": 90, "policy": "pass"},
            "high": {"upToPercent": 99, "policy": "shed"},
            "pacingSlackPercent": 10,
        }
    ),
    "automatic_increase": Sample(
        {
            "atPercent": 95,
            "by": {"usd": "2.5", "percent": None},
            "maxTotal": "10",
            "times": 3,
            "ttlSeconds": 7200,
            "cooldownSeconds": 600,
        }
    ),
}


@dataclass(frozen=True)
class Operation:
    """What sets a setting that no body names, and what takes it back if anything does.

    `action` is what the audit calls it. Both are given the admin, a holder of the key above, and the path.
    """

    done: Callable[[Admin, KeyClient, str], Answer]
    action: str
    undone: Callable[[Admin, KeyClient, str], Answer] | None = None


OPERATIONS = {
    "status": Operation(
        lambda admin, _, key_id: admin("POST", f"/apiKey/{key_id}/revoke"),
        "key.revoke",
        lambda admin, _, key_id: admin("POST", f"/apiKey/{key_id}/reinstate"),
    ),
    "self_named": Operation(
        lambda _, holder, key_id: holder("PATCH", f"/keys/{key_id}", {"name": "by its holder"}),
        "key.update",
        lambda admin, _, key_id: admin("PATCH", f"/apiKey/{key_id}", {"name": "by its admin"}),
    ),
    "secret_hash": Operation(
        lambda admin, _, key_id: admin("POST", f"/apiKey/{key_id}/rotate"), "key.rotate"
    ),
    "old_secrets": Operation(
        lambda admin, _, key_id: admin("POST", f"/apiKey/{key_id}/rotate"),
        "key.rotate",
    ),
    "moved_at": Operation(
        lambda admin, _, key_id: admin("PATCH", f"/apiKey/{key_id}", {"parentId": None}), "key.move"
    ),
}


@dataclass(frozen=True)
class Beyond:
    """What a key has, and what is more than that."""

    has: Any
    more: Any


BEYOND = {
    "budget_limit": Beyond("10", "10.01"),
    "quota.limit": Beyond("10", "10.01"),
    "rpm_limit": Beyond(10, 11),
    "tpm_limit": Beyond(10, 11),
    "max_parallel": Beyond(10, 11),
    "allowed_models": Beyond(["small"], ["large", "small"]),
    "expires_at": Beyond("2101-01-01T00:00:00.000Z", "2101-01-01T00:00:00.001Z"),
    "safety_level": Beyond(10, 11),
    "priority": Beyond("low", "normal"),
}


def sample(samples: Mapping[str, T], setting: Setting) -> T:
    assert setting.path in samples, f"Add a sample of {setting.path} to tests/support/key_setting_samples.py."
    return samples[setting.path]
