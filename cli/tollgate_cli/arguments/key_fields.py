"""The fields of keys as options: those that holders may set, and those that administrators alone may."""

from __future__ import annotations

from typing import Final

from tollgate_cli.arguments.body_options import Field

PERIODS: Final = ("day", "week", "month")
WINDOWS: Final = ("total", *PERIODS)
PRIORITIES: Final = ("low", "normal", "high", "critical")
ENFORCEMENTS: Final = ("soft", "hard")
BILLING_MODES: Final = ("internal", "external", "hybrid")
OVERAGES: Final = ("stop", "metered")

NAME: Final = Field("name", "text", "What people call it.")
PARENT: Final = Field(
    "parentId", "text", "The key above it: an id, ext:EXTERNAL-ID or name:NAME.", option="--parent"
)
OWN_PARENT: Final = Field(
    "parentId", "text", "A key below yours to put it under: an id or a name.", option="--parent"
)
_BUDGET_LIMIT: Final = Field("budgetLimit", "money", "USD that it may spend in all.", nullable=True)
_WINDOWS_LIMITS: Final = (
    Field("quotaLimit", "money", "USD that it may spend in each window.", nullable=True),
    Field("quotaPeriod", "choice", "The quota's window.", choices=PERIODS),
    Field("quotaZone", "text", "The time zone whose midnight begins a window, such as Europe/Berlin."),
    Field("quotaStartDay", "integer", "Day on which a week (1: Monday) or a month begins."),
    Field("quotaCarryUnused", "boolean", "Carry what is left of a window over into the next."),
    Field("quotaCarryOverspend", "boolean", "Carry what was overspent over into the next window."),
    Field(
        "enforcement", "choice", "hard never passes a limit; soft by calls in flight.", choices=ENFORCEMENTS
    ),
    Field("overcommit", "boolean", "Let the children's limits add up to more than its own."),
    Field(
        "ownerEmail",
        "text",
        "Whom alerts go to and costs are reported under.",
        nullable=True,
        option="--owner",
    ),
    Field(
        "budgetAlertThresholds",
        "thresholds",
        'Alert at a percent: 80, 95:urgent or 100:limit:owner,admin; may be repeated. "off" for no alerts.',
        nullable=True,
        option="--alert",
    ),
)
_SETTINGS: Final = (
    Field("alertDebounceSeconds", "seconds", "Shortest time between two alerts of a threshold: 15m, 1d.",
          nullable=True, option="--alert-debounce"),
    Field("rpmLimit", "integer", "Requests a minute.", nullable=True),
    Field("tpmLimit", "integer", "Tokens a minute.", nullable=True),
    Field("maxParallel", "integer", "Requests at once.", nullable=True),
    Field("allowedModels", "list", "Models that it may call, by name.", nullable=True),
    Field("safetyLevel", "integer", "0 to 100: models up to which level it may call.", nullable=True),
    Field("priority", "choice", "Whom shared budgets are kept for.", choices=PRIORITIES),
    Field("expiresAt", "moment", "From when it is refused: 30d, a day, a moment.", nullable=True,
          option="--expires"),
    Field("tags", "mapping", 'A tag, for costs by tag; may be repeated. All are replaced; "none" for none.',
          option="--tag"),
    Field("manageChildren", "boolean", "Let its holder create and change keys below it."),
    Field("budgetRefusalStatus", "integer", "HTTP status of calls that a budget refuses: 429, 402 or 400.",
          nullable=True),
    Field("downgrade", "json", "Cheaper models while a budget is nearly used.", nullable=True),
    Field("priorityReserves", "json", "What it keeps of its budgets for higher priorities.", nullable=True),
    Field("automaticIncrease", "json", "By how much its limits rise by themselves.", nullable=True),
)  # fmt: skip
_ADMINS_SETTINGS: Final = (
    Field("externalId", "text", "Its name in a system of yours, unique among keys.", nullable=True),
    Field("managedBy", "text", "The label of the configuration that it comes from.", nullable=True),
    Field("billingMode", "choice", "Who bears its costs.", choices=BILLING_MODES, nullable=True),
    Field("costCentre", "text", "The cost centre that bears them.", nullable=True),
    Field("priceFactor", "decimal", "Multiplies what its calls cost: 1.15, 0.9.", nullable=True),
    Field("modelPriceFactors", "mapping", 'Factors of models: gpt-4o=1.2; may be repeated. "none" for none.',
          option="--model-price-factor"),
    Field("scheduledPriceFactors", "json", 'Factors for a time, a list; "[]" for none.'),
    Field("minimumFee", "money", "USD that a call costs at least.", nullable=True),
    Field("overage", "choice", "Hybrid: what becomes of calls beyond the quota.", choices=OVERAGES),
    Field("overageLimit", "money", "USD a window that may be metered beyond the quota.", nullable=True),
    Field("overageFactor", "decimal", "Multiplies what is metered beyond the quota: 1 or more."),
    Field("keepBodies", "boolean", "Keep what its requests send and are answered."),
)  # fmt: skip

BUDGET: Final = (_BUDGET_LIMIT, *_WINDOWS_LIMITS)
CHILD_EDIT: Final = (NAME, *_WINDOWS_LIMITS, *_SETTINGS)
KEY_EDIT: Final = (*CHILD_EDIT, *_ADMINS_SETTINGS)
CHILD_CREATION: Final = (NAME, OWN_PARENT, *BUDGET, *_SETTINGS)
KEY_CREATION: Final = (NAME, PARENT, *BUDGET, *_SETTINGS, *_ADMINS_SETTINGS)
RAISE: Final = (
    Field("window", "choice", "Of which limit; needless if the key has but one.", choices=WINDOWS),
    Field("limit", "money", "What it is raised to, USD.", option="--to"),
    Field("until", "moment", "For how long (8h, 7d), or until when.", option="--for", aliases=("--until",)),
)
RESET: Final = (
    Field("budget", "boolean", "Reset what is used of the budget."),
    Field("quota", "boolean", "Reset what is used of the quota's window."),
)
ROTATION: Final = (
    Field("graceSeconds", "seconds", 'How long the old secret stays valid: 8h, 7d; 0 if it has leaked.',
          nullable=True, option="--grace"),
)  # fmt: skip
