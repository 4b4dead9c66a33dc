"""The demo company's keys: who is below whom, what each spends on, and what limits it has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COMPANY = "Example Retail"
# A name that a page must show as text.
MARKED_UP = '<b>Spring</b> sale & "landing pages" <img src=x onerror=alert(1)>'


@dataclass(frozen=True)
class PlannedKey:
    """`requests` are those of a working day, of the `models` by their weights and of about `tokens` each.

    A limit is said as a share of what the key and those below it come to in the whole time: of 1.25, four
    fifths are used in the end. `settings` are fields of the admin API; `born` and `ended` are days before now.
    """

    name: str
    below: str | None = None
    owner: str | None = None
    requests: float = 0
    models: dict[str, int] = field(default_factory=dict)
    tokens: int = 4_000
    cached: float = 0.0
    limit: float | None = None
    quota: tuple[str, float] | None = None
    """A period, and the quota as a share of what such a period comes to on average."""
    settings: dict[str, Any] = field(default_factory=dict)
    born: int = 60
    ended: int = 0


_CHAT = {"gpt-4.1": 3, "gpt-4.1-mini": 5}
_CODE = {"claude-sonnet-4-5": 6, "claude-opus-4-5": 2, "claude-haiku-4-5": 2}
_CHEAP = {"gpt-4.1-mini": 5, "llama-3.3-70b": 4}
_EMBED = {"embed-multilingual-3": 1}

_TOP = (
    PlannedKey(
        COMPANY,
        owner="finance@example.com",
        quota=("month", 1.3),
        settings={"priority": "critical", "costCentre": "CC-100", "tags": {"company": "retail"}},
    ),
)
_DEPARTMENTS = (
    PlannedKey(
        "Engineering",
        COMPANY,
        "engineering@example.com",
        quota=("month", 1.15),
        settings={
            "priority": "critical",
            "costCentre": "CC-210",
            "tags": {"department": "engineering"},
            "manageChildren": True,
        },
    ),
    PlannedKey(
        "Customer care",
        COMPANY,
        "care@example.com",
        quota=("month", 1.45),
        settings={"enforcement": "hard", "costCentre": "CC-320", "tags": {"department": "care"}},
    ),
    PlannedKey(
        "Marketing",
        COMPANY,
        "marketing@example.com",
        quota=("week", 1.5),
        settings={"costCentre": "CC-410", "tags": {"department": "marketing"}},
    ),
    PlannedKey(
        "Data and research",
        COMPANY,
        "research@example.com",
        settings={"costCentre": "CC-500", "tags": {"department": "research"}},
    ),
    PlannedKey(
        "Partners",
        COMPANY,
        "partners@example.com",
        settings={"priceFactor": "1.15", "tags": {"department": "partners"}},
    ),
)
_TEAMS = (
    PlannedKey(
        "Search team",
        "Engineering",
        "search-lead@example.com",
        limit=1.4,
        settings={"enforcement": "hard", "priority": "critical"},
    ),
    PlannedKey(
        "Platform team",
        "Engineering",
        "platform-lead@example.com",
        limit=1.12,
        settings={
            "priority": "high",
            "downgrade": {
                "rules": [
                    {"from": "claude-opus-4-5", "to": ["claude-sonnet-4-5"]},
                    {"from": "claude-sonnet-4-5", "to": ["claude-haiku-4-5"]},
                ],
                "enterPercent": 80,
                "exitPercent": 70,
            },
            "priorityReserves": {"low": {"upToPercent": 80}, "normal": {"upToPercent": 95}},
        },
    ),
    PlannedKey("Mobile team", "Engineering", "mobile-lead@example.com", quota=("month", 2.4)),
    PlannedKey("Checkout team", "Engineering", "checkout-lead@example.com", limit=2.2),
    PlannedKey("Support desk", "Customer care", "support-lead@example.com", limit=1.02),
    PlannedKey("Trust and safety", "Customer care", "safety-lead@example.com", limit=1.6),
    PlannedKey("Campaigns", "Marketing", "campaigns-lead@example.com", limit=1.08),
    PlannedKey("Translations", "Marketing", "translations-lead@example.com", quota=("day", 2.5)),
    PlannedKey("Forecasting", "Data and research", "forecasting-lead@example.com"),
    PlannedKey("Data platform", "Data and research", "data-lead@example.com"),
    PlannedKey(
        "Partner North",
        "Partners",
        "north@example.com",
        quota=("month", 0.8),
        settings={
            "billingMode": "hybrid",
            "priority": "normal",
            "overage": "metered",
            "overageFactor": "1",
            "externalId": "partner-0017",
        },
    ),
    PlannedKey(
        "Partner South", "Partners", "south@example.com", limit=3, settings={"externalId": "partner-0021"}
    ),
)
_ENGINEERS = (
    PlannedKey(
        "search-api (production)",
        "Search team",
        "search-oncall@example.com",
        9,
        {"gpt-4.1-mini": 6, "gpt-4.1": 1},
        2_500,
        0.5,
        quota=("day", 3.0),
        settings={
            "priority": "critical",
            "rpmLimit": 600,
            "tags": {"environment": "production"},
            "automaticIncrease": {"by": {"percent": 20}, "maxTotal": "50"},
        },
    ),
    PlannedKey(
        "search-indexer",
        "Search team",
        "search-oncall@example.com",
        6,
        _EMBED,
        7_000,
        settings={"tags": {"environment": "production"}},
    ),
    PlannedKey(
        "Search: ranking experiments",
        "Search team",
        "search-lead@example.com",
        2,
        _CHAT,
        18_000,
        limit=1.03,
        settings={"enforcement": "hard", "tags": {"environment": "research"}},
    ),
    PlannedKey(
        "ci-code-review",
        "Platform team",
        "platform-lead@example.com",
        8,
        _CODE,
        26_000,
        0.7,
        settings={"tags": {"environment": "ci"}, "maxParallel": 8},
    ),
    PlannedKey(
        "Platform: on-call assistant",
        "Platform team",
        "platform-oncall@example.com",
        3,
        _CODE,
        14_000,
        0.6,
        settings={"priority": "high", "keepBodies": True},
    ),
    PlannedKey(
        "nightly-evaluations",
        "Platform team",
        "platform-lead@example.com",
        4,
        {"o4-mini": 3, "gpt-4.1-mini": 2},
        9_000,
        0.2,
        settings={"priority": "low"},
    ),
    PlannedKey("mobile-release-notes", "Mobile team", "mobile-lead@example.com", 1.2, _CHEAP, 6_000),
    PlannedKey(
        "Mobile: crash triage", "Mobile team", "mobile-lead@example.com", 2, _CODE, 11_000, 0.4, ended=9
    ),
    PlannedKey(
        "checkout-fraud-notes",
        "Checkout team",
        "checkout-lead@example.com",
        3,
        {"o4-mini": 1, "gpt-4.1": 2},
        5_000,
        0.1,
        settings={"tags": {"environment": "production"}},
    ),
    PlannedKey(
        "Checkout: contractor",
        "Checkout team",
        "checkout-lead@example.com",
        2,
        _CODE,
        16_000,
        0.5,
        limit=1.5,
        born=48,
        ended=15,
    ),
)
_OTHERS = (
    PlannedKey(
        "support-chatbot",
        "Support desk",
        "support-oncall@example.com",
        14,
        {"gpt-4.1-mini": 4, "claude-haiku-4-5": 3},
        3_500,
        0.6,
        limit=0.995,
        settings={"keepBodies": True, "tags": {"environment": "production"}},
    ),
    PlannedKey("ticket-summaries", "Support desk", "support-lead@example.com", 5, _CHEAP, 5_000, 0.1),
    PlannedKey(
        "voice-transcripts", "Support desk", "support-lead@example.com", 2, _CHAT, 12_000, limit=1.1, born=40
    ),
    PlannedKey(
        "review-moderation",
        "Trust and safety",
        "safety-lead@example.com",
        6,
        _CHEAP,
        1_500,
        settings={"safetyLevel": 90, "tags": {"environment": "production"}},
    ),
    PlannedKey(
        "campaign-copywriter",
        "Campaigns",
        "campaigns-lead@example.com",
        4,
        _CHAT,
        3_000,
        limit=1.05,
        settings={"budgetRefusalStatus": 402},
    ),
    PlannedKey(
        MARKED_UP,
        "Campaigns",
        "campaigns-lead@example.com",
        1.5,
        _CHAT,
        4_500,
        settings={"tags": {"campaign": "<i>spring</i>"}},
        born=25,
    ),
    PlannedKey(
        "catalogue-translations",
        "Translations",
        "translations-lead@example.com",
        7,
        {"gpt-4.1-mini": 3, "llama-3.3-70b": 5},
        8_000,
        0.2,
    ),
    PlannedKey(
        "Forecasting: demand agent",
        "Forecasting",
        "forecasting-lead@example.com",
        3,
        {"claude-opus-4-5": 2, "o4-mini": 3},
        22_000,
        0.5,
    ),
    PlannedKey(
        "Forecasting: notebook",
        "Forecasting",
        "forecasting-lead@example.com",
        2,
        _CHAT,
        15_000,
        limit=1.9,
        settings={"expiresAt": "+30"},
    ),
    PlannedKey(
        "embeddings-backfill",
        "Data platform",
        None,
        5,
        _EMBED,
        30_000,
        settings={"tags": {"environment": "batch"}, "priority": "low"},
    ),
    PlannedKey(
        "sql-assistant",
        "Data platform",
        "data-lead@example.com",
        4,
        {"gpt-4.1": 3, "claude-sonnet-4-5": 3},
        9_000,
        0.4,
        settings={"allowedModels": ["gpt-4.1", "claude-sonnet-4-5"]},
    ),
    PlannedKey(
        "Partner North: storefront",
        "Partner North",
        "north@example.com",
        6,
        _CHAT,
        4_000,
        0.3,
        settings={"tags": {"environment": "production"}},
    ),
    PlannedKey(
        "Partner South: storefront",
        "Partner South",
        "south@example.com",
        3,
        _CHEAP,
        4_000,
        settings={"minimumFee": "0.002"},
        born=33,
    ),
    PlannedKey("New intern (unused)", "Mobile team", "mobile-lead@example.com", born=1),
)

KEYS = (*_TOP, *_DEPARTMENTS, *_TEAMS, *_ENGINEERS, *_OTHERS)
BY_NAME = {each.name: each for each in KEYS}


def lineage(name: str) -> tuple[str, ...]:
    """A key's name and those above it, the root last."""
    found = [name]
    while (above := BY_NAME[found[-1]].below) is not None:
        found.append(above)
    return tuple(found)
