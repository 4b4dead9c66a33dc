"""The demo company, its departments, and their teams."""

from __future__ import annotations

from infra.demo.plan.planned_key import PlannedKey

COMPANY = "Example Retail"

TOP = (
    PlannedKey(
        COMPANY,
        owner="finance@example.com",
        quota=("month", 1.3),
        settings={"priority": "critical", "costCentre": "CC-100", "tags": {"company": "retail"}},
    ),
)
DEPARTMENTS = (
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
TEAMS = (
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
