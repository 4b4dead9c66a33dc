"""What is decided of a key, each setting declared once.

From here follow its attribute in the keys table and what an edit writes, its field in the admin API's views
and their document, what the audit calls a change of it, and what a key may give to one below it. What is
counted of a key and not decided, like `budget_used` or its holds, is no setting.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, field, fields
from enum import Enum, StrEnum, auto
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.scopes import MAX_HOLDS, Enforcement, KeyStatus, Priority
from tollgate.ledger.windows import Period, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate.ledger.scopes import Scope

# How a rate without a limit is stored: conditions and counters then need no second form.
UNLIMITED = 10**12


class Kind(Enum):
    """What a setting's values are, by which they are stored and shown; an enum of words is one, too."""

    TEXT = auto()
    DECIMAL = auto()
    COUNT = auto()
    SWITCH = auto()
    MOMENT = auto()
    NAMES = auto()
    TAGS = auto()
    THRESHOLDS = auto()
    FACTORS = auto()
    FACTOR_SCHEDULE = auto()
    SECRETS = auto()
    DOWNGRADE = auto()
    RESERVES = auto()
    INCREASE = auto()


class SetBy(Enum):
    """Who may name a setting in a body."""

    HOLDERS = "admins, and holders of a key above it"
    ADMINS = "admins alone"
    NOBODY = "it follows from what is done with the key"


class Bound(Enum):
    """How a key's setting bounds what its holder may give to keys below it, said of whatever holders set."""

    FREE = "it does not"
    FAMILY = "the hierarchy bounds it, for admins, too: `tollgate.keys.families`"
    AT_MOST = "no more than the key and each one above it have"
    AMONG = "only what the key and all above it have, and all of that where nothing is named"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a key.

    `path` leads to it from a scope: a field, or a part of its quota. Where it is `optional` it may be None,
    which is no attribute in the table unless that is `none_stored_as` something; nor is the `usual` value,
    which each write of the item would pay for. That is the product's, whatever a deployment gives new keys.
    Keys without the attribute have what a new scope has, or what `older` says.

    `attribute` is its name in the table, `wire` in bodies and views, which write it in camelCase. Admins see
    all but `hidden` ones; holders see what they may set and what is `seen_by_holders` besides. Of what is
    `measured_as` something there is more and less: `budget` makes the audit's actions `budget.set`, `.raise`,
    `.lower` and `.remove`. What is left of a minute's share of a `rate` begins anew with each edit of it.
    """

    path: str
    kind: Kind | type[StrEnum]
    set_by: SetBy
    _: KW_ONLY
    optional: bool = False
    none_stored_as: int | None = None
    usual: Any = field(default=None, hash=False)
    older: Any = None
    attribute: str = ""
    wire: str = ""
    hidden: bool = False
    seen_by_holders: bool = False
    bound: Bound | None = None
    measured_as: str | None = None
    rate: bool = False
    of: Callable[[Scope], Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises `ValueError` for what holders may set and nobody has said how the key above bounds it."""
        if self.set_by is SetBy.HOLDERS and self.bound is None:
            raise ValueError(f"{self.path} is set by holders and has no bound")
        attribute = self.attribute or self.path.replace(".", "_")
        object.__setattr__(self, "attribute", attribute)
        object.__setattr__(self, "wire", self.wire or attribute)
        object.__setattr__(self, "of", attrgetter(self.path))

    @property
    def owner(self) -> str:
        """The field of a scope that it is, or is a part of."""
        return self.path.partition(".")[0]

    @property
    def part(self) -> str:
        """Its name there."""
        return self.path.rpartition(".")[2]

    @property
    def is_part(self) -> bool:
        return self.owner != self.path

    def measure(self, scope: Scope) -> Any:
        """What tells more from less, where that is to be told."""
        value = self.of(scope)
        return value.rank if isinstance(value, Priority) else value


HOLDERS, ADMINS, NOBODY = SetBy
FREE, FAMILY, AT_MOST, AMONG = Bound
# In the order in which they are shown.
SETTINGS = (
    Setting("name", Kind.TEXT, HOLDERS, bound=FREE),
    Setting("parent_id", Kind.TEXT, ADMINS, optional=True, seen_by_holders=True),
    Setting("owner_email", Kind.TEXT, HOLDERS, optional=True, bound=FREE),
    Setting("enforcement", Enforcement, HOLDERS, bound=FREE),
    Setting("budget_limit", Kind.DECIMAL, HOLDERS, optional=True, bound=FAMILY, measured_as="budget"),
    Setting("quota.limit", Kind.DECIMAL, HOLDERS, optional=True, bound=FAMILY, measured_as="quota"),
    Setting("quota.period", Period, HOLDERS, optional=True, bound=FREE),
    Setting("quota.zone", Kind.TEXT, HOLDERS, optional=True, usual="UTC", bound=FREE),
    Setting("quota.start_day", Kind.COUNT, HOLDERS, optional=True, usual=1, bound=FREE),
    Setting("quota.carries_unused", Kind.SWITCH, HOLDERS, wire="quota_carry_unused", usual=False, bound=FREE),
    Setting(
        "quota.carries_overspend", Kind.SWITCH, HOLDERS, wire="quota_carry_overspend", usual=False, bound=FREE
    ),
    Setting(
        "rpm_limit", Kind.COUNT, HOLDERS, optional=True, none_stored_as=UNLIMITED, bound=AT_MOST, rate=True
    ),
    Setting(
        "tpm_limit", Kind.COUNT, HOLDERS, optional=True, none_stored_as=UNLIMITED, bound=AT_MOST, rate=True
    ),
    Setting("max_parallel", Kind.COUNT, HOLDERS, optional=True, none_stored_as=MAX_HOLDS, bound=AT_MOST),
    Setting("overcommit", Kind.SWITCH, HOLDERS, usual=True, bound=FREE),
    Setting(
        "thresholds", Kind.THRESHOLDS, HOLDERS, optional=True, attribute="budget_alert_thresholds", bound=FREE
    ),
    Setting("alert_debounce_seconds", Kind.COUNT, HOLDERS, optional=True, bound=FREE),
    Setting("allowed_models", Kind.NAMES, HOLDERS, optional=True, bound=AMONG),
    Setting("expires_at", Kind.MOMENT, HOLDERS, optional=True, bound=AT_MOST),
    Setting("external_id", Kind.TEXT, ADMINS, optional=True),
    Setting("managed_by", Kind.TEXT, ADMINS, optional=True),
    Setting("tags", Kind.TAGS, HOLDERS, usual={}, bound=FREE),
    Setting("billing_mode", BillingMode, ADMINS, optional=True, seen_by_holders=True),
    Setting("cost_centre", Kind.TEXT, ADMINS, optional=True, seen_by_holders=True),
    Setting("overage", Overage, ADMINS, usual=Overage.STOP, seen_by_holders=True),
    Setting(
        "overage_limit", Kind.DECIMAL, ADMINS, optional=True, seen_by_holders=True, measured_as="overage"
    ),
    Setting("overage_factor", Kind.DECIMAL, ADMINS, usual=money.ONE, seen_by_holders=True),
    Setting("price_factor", Kind.DECIMAL, ADMINS, optional=True),
    Setting("model_price_factors", Kind.FACTORS, ADMINS, usual={}),
    Setting("scheduled_price_factors", Kind.FACTOR_SCHEDULE, ADMINS, usual=()),
    Setting("minimum_fee", Kind.DECIMAL, ADMINS, optional=True),
    Setting("safety_level", Kind.COUNT, HOLDERS, optional=True, bound=FAMILY, measured_as="safety"),
    Setting("priority", Priority, HOLDERS, usual=Priority.NORMAL, bound=FAMILY, measured_as="priority"),
    Setting("downgrade", Kind.DOWNGRADE, HOLDERS, optional=True, bound=FREE),
    Setting("priority_reserves", Kind.RESERVES, HOLDERS, optional=True, bound=FREE),
    # Each step keeps to what those above allow.
    Setting("automatic_increase", Kind.INCREASE, HOLDERS, optional=True, bound=FREE),
    Setting("keep_bodies", Kind.SWITCH, ADMINS, usual=False, seen_by_holders=True),
    # Keys older than the setting could.
    Setting("manage_children", Kind.SWITCH, HOLDERS, older=True, bound=FREE),
    Setting("budget_refusal_status", Kind.COUNT, HOLDERS, optional=True, bound=FREE),
    Setting("self_named", Kind.SWITCH, NOBODY, usual=False),
    Setting("status", KeyStatus, NOBODY, seen_by_holders=True),
    Setting("secret_hash", Kind.TEXT, NOBODY, hidden=True),
    Setting("old_secrets", Kind.SECRETS, NOBODY, usual={}, hidden=True),
    Setting("moved_at", Kind.MOMENT, NOBODY, optional=True, hidden=True),
)
BY_WIRE = {setting.wire: setting for setting in SETTINGS}
# What admins see of a key, and what its holder and those of keys above it do.
SHOWN = tuple(setting for setting in SETTINGS if not setting.hidden)
SHOWN_TO_HOLDERS = tuple(setting for setting in SHOWN if setting.set_by is HOLDERS or setting.seen_by_holders)
QUOTA_SETTINGS = tuple(setting for setting in SETTINGS if setting.owner == "quota")
SCHEDULE_SETTINGS = tuple(
    setting for setting in QUOTA_SETTINGS if setting.part in {each.name for each in fields(Schedule)}
)
RATES = tuple(setting for setting in SETTINGS if setting.rate)


def bound_by(bound: Bound) -> tuple[Setting, ...]:
    return tuple(setting for setting in SETTINGS if setting.bound is bound)
