"""A scope as an item of the keys table, and back."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.aws.dynamodb import epoch, moment
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.ledger.key_settings import QUOTA_SETTINGS, SCHEDULE_SETTINGS, SETTINGS, Kind, Setting
from tollgate.ledger.quotas import PastWindow, Quota
from tollgate.ledger.scopes import Scope
from tollgate.ledger.store.hold_items import StoredHolds, holds_to_item
from tollgate.ledger.thresholds import Level, Threshold
from tollgate.ledger.windows import Schedule
from tollgate.pricing.price_terms import ScheduledFactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.aws.dynamodb import Item
    from tollgate.ledger.billing.packs import Pack
    from tollgate.ledger.policies.automatic_increase import AutomaticIncrease, StepsTaken
    from tollgate.ledger.policies.downgrades import Downgrade
    from tollgate.ledger.policies.priority_reserves import PriorityReserves
    from tollgate.ledger.policies.temporary_limits import Raise

    # An attribute, where its value is found or what it is called, and what converts it if anything does.
    _Writer = tuple[str, Callable[[Any], Any], Callable[[Any], Any] | None]
    _Reader = tuple[str, str, Callable[[Any], Any] | None]

# What changes when a quota's window does.
WINDOW_ATTRIBUTES = (
    "quota_starts_at",
    "quota_resets_at",
    "quota_allowance",
    "quota_used",
    "quota_available",
    "quota_reset",
    "quota_parts",
    "quota_past",
)
# What else changes by time alone.
CHANGING_ATTRIBUTES = ("budget_limit", "quota_limit", "raises", "changes_at")


def to_item(scope: Scope) -> Item:
    """The attributes of a scope; None where it has no such attribute."""
    return {
        **_written(_WRITERS, scope),
        **quota_to_item(scope.quota),
        **changing_to_item(scope),
        "key_id": scope.key_id,
        "budget_used": scope.budget_used,
        "budget_available": scope.budget_available,
        "budget_reset": scope.budget_reset,
        "rates": dict(scope.rates),
        "packs": _packs_to_item(scope.packs),
        "packs_left": scope.packs_left if scope.packs else None,
        "packs_paid": scope.packs_paid or None,
        "holds": holds_to_item(scope.holds),
        "closed": {request_id: epoch(until) for request_id, until in scope.closed.items()},
        "created_at": rfc3339(scope.created_at),
        "updated_at": rfc3339(scope.updated_at),
        "revision": scope.revision,
        "last_used_at": rfc3339(scope.last_used_at) if scope.last_used_at else None,
        "downgrading": scope.downgrading or None,
        "steps_taken": _steps_to_item(scope.steps_taken),
    }


def changing_to_item(scope: Scope) -> Item:
    """Those of `to_item` that are called `CHANGING_ATTRIBUTES`."""
    return {
        "budget_limit": scope.budget_limit,
        "quota_limit": scope.quota.limit,
        "raises": _raises_to_item(scope.raises),
        "changes_at": epoch(scope.changes_at) if scope.changes_at else None,
    }


def to_scope(item: Mapping[str, Any]) -> Scope:
    return Scope(
        key_id=item["key_id"],
        budget_used=item["budget_used"],
        budget_available=item["budget_available"],
        budget_reset=item["budget_reset"],
        quota=_to_quota(item),
        rates={name: int(left) for name, left in item["rates"].items()},
        packs=_to_packs(item["packs"]) if "packs" in item else {},
        packs_left=item.get("packs_left", money.ZERO),
        packs_paid=item.get("packs_paid", money.ZERO),
        holds=StoredHolds(item["holds"]),
        closed={request_id: moment(until) for request_id, until in item["closed"].items()},
        created_at=from_rfc3339(item["created_at"]),
        updated_at=from_rfc3339(item["updated_at"]),
        revision=int(item["revision"]),
        last_used_at=from_rfc3339(item["last_used_at"]) if "last_used_at" in item else None,
        downgrading=item.get("downgrading", False),
        changes_at=moment(item["changes_at"]) if "changes_at" in item else None,
        raises=_to_raises(item),
        steps_taken=_to_steps(item),
        **{**_ABSENT, **_read(_READERS, item)},
    )


def quota_to_item(quota: Quota) -> Item:
    past = quota.past
    return {
        **_written(_QUOTA_WRITERS, quota),
        "quota_starts_at": epoch(quota.starts_at),
        "quota_resets_at": epoch(quota.resets_at),
        "quota_allowance": quota.allowance,
        "quota_used": quota.used,
        "quota_available": quota.available,
        "quota_reset": quota.reset,
        "quota_parts": [quota.included, quota.metered] if quota.included or quota.metered else None,
        "quota_past": {
            "starts_at": epoch(past.starts_at),
            "allowance": past.allowance,
            "used": past.used,
            "held": past.held,
            "idle": past.idle,
            **({"raised": past.raised} if past.raised else {}),
            **({"included": past.included} if past.included else {}),
            **({"metered": past.metered} if past.metered else {}),
        }
        if past
        else None,
    }


def _to_past(stored: Mapping[str, Any]) -> PastWindow:
    return PastWindow(
        moment(stored["starts_at"]),
        stored["allowance"],
        stored["used"],
        stored["held"],
        int(stored["idle"]),
        stored.get("raised", money.ZERO),
        stored.get("included", money.ZERO),
        stored.get("metered", money.ZERO),
    )


def _to_raises(item: Mapping[str, Any]) -> dict[str, Raise]:
    if "raises" not in item:
        return {}
    from tollgate.ledger.store.policies import raise_items  # noqa: PLC0415

    return raise_items.to_raises(item["raises"])


def _temporary_part(item: Mapping[str, Any]) -> Decimal:
    """How much of a quota's limit is temporary."""
    noted = item["raises"].get(item.get("quota_period")) if "raises" in item else None
    return money.difference(item["quota_limit"], noted[0]) if noted else money.ZERO


def _raises_to_item(raises: Mapping[str, Raise]) -> Item | None:
    if not raises:
        return None
    # Hardly any scope has them: the proxy's start goes without.
    from tollgate.ledger.store.policies import raise_items  # noqa: PLC0415

    return raise_items.raises_to_item(raises)


def _packs_to_item(packs: Mapping[str, Pack]) -> Item | None:
    if not packs:
        return None
    from tollgate.ledger.store.billing import pack_items  # noqa: PLC0415

    return {pack_id: pack_items.pack_to_item(pack) for pack_id, pack in packs.items()}


def _to_packs(stored: Mapping[str, Any]) -> dict[str, Pack]:
    # Hardly any scope has packs: the proxy's start goes without.
    from tollgate.ledger.store.billing import pack_items  # noqa: PLC0415

    return {pack_id: pack_items.to_pack(each) for pack_id, each in stored.items()}


def thresholds_to_item(thresholds: tuple[Threshold, ...]) -> list[Item]:
    return [
        {"percent": each.percent, "level": each.level.value, "notify": [str(who) for who in each.notify]}
        for each in thresholds
    ]


def to_thresholds(items: Iterable[Mapping[str, Any]]) -> tuple[Threshold, ...]:
    return tuple(
        Threshold(int(each["percent"]), Level(each["level"]), tuple(each["notify"])) for each in items
    )


def schedule_to_item(schedule: tuple[ScheduledFactor, ...]) -> list[Item]:
    return [
        {
            name: value
            for name, value in (
                ("factor", each.factor),
                ("starts_at", None if each.starts_at is None else epoch(each.starts_at)),
                ("ends_at", None if each.ends_at is None else epoch(each.ends_at)),
                ("models", None if each.models is None else set(each.models)),
            )
            if value is not None
        }
        for each in schedule
    ]


def to_schedule(items: Iterable[Mapping[str, Any]]) -> tuple[ScheduledFactor, ...]:
    return tuple(
        ScheduledFactor(
            each["factor"],
            moment(each["starts_at"]) if "starts_at" in each else None,
            moment(each["ends_at"]) if "ends_at" in each else None,
            frozenset(each["models"]) if "models" in each else None,
        )
        for each in items
    )


def _to_quota(item: Mapping[str, Any]) -> Quota:
    past = item.get("quota_past")
    schedule = _read(_SCHEDULE_READERS, item)
    included, metered = item.get("quota_parts", (money.ZERO, money.ZERO))
    return Quota(
        starts_at=moment(item["quota_starts_at"]),
        resets_at=moment(item["quota_resets_at"]),
        # Where a quota of version 0.1 was taken away, the usual zone and day may still be there.
        schedule=Schedule(**schedule) if "period" in schedule else None,
        allowance=item["quota_allowance"],
        used=item["quota_used"],
        available=item["quota_available"],
        reset=item["quota_reset"],
        included=included,
        metered=metered,
        past=_to_past(past) if past else None,
        raised=_temporary_part(item),
        **_read(_QUOTA_READERS, item),
    )


def _written(writers: Iterable[_Writer], owner: Scope | Quota) -> Item:
    return {
        attribute: value_of(owner) if write is None else write(value_of(owner))
        for attribute, value_of, write in writers
    }


def _read(readers: Iterable[_Reader], item: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that have an attribute."""
    found = {}
    for attribute, name, read in readers:
        if attribute in item:
            value = item[attribute]
            found[name] = value if read is None else read(value)
    return found


def _writer(setting: Setting) -> Callable[[Any], Any] | None:
    """What writes the value of a setting, None being no attribute; None if it is written as it is."""
    write = str if isinstance(setting.kind, type) else _WRITE_KIND.get(setting.kind)
    if write is None and setting.none_stored_as is None and setting.usual is None:
        return None

    def written(value: Any) -> Any:
        if value is None or value == setting.usual:
            return setting.none_stored_as
        return value if write is None else write(value)

    return written


def _reader(setting: Setting) -> Callable[[Any], Any] | None:
    """What reads the attribute of a setting; None if it is read as it is."""
    if isinstance(setting.kind, type):
        # Quicker than the enum itself: every call reads whole scopes.
        return {each.value: each for each in setting.kind}.__getitem__
    if setting.none_stored_as is not None:
        return _limit_reader(setting.none_stored_as)
    return _READ_KIND.get(setting.kind)


def _limit_reader(unlimited: int) -> Callable[[Decimal], int | None]:
    return lambda stored: None if stored == unlimited else int(stored)


def _secrets_to_item(secrets: Mapping[str, datetime]) -> Item:
    return {old: epoch(until) for old, until in secrets.items()}


def _to_secrets(stored: Mapping[str, Decimal]) -> dict[str, datetime]:
    return {old: moment(until) for old, until in stored.items()}


def _downgrade_to_item(downgrade: Downgrade) -> Item:
    # Few keys have one: no start reads the module for the others.
    from tollgate.ledger.store.policies import downgrade_items  # noqa: PLC0415

    return downgrade_items.downgrade_to_item(downgrade)


def _to_downgrade(stored: Mapping[str, Any]) -> Downgrade:
    from tollgate.ledger.store.policies import downgrade_items  # noqa: PLC0415

    return downgrade_items.to_downgrade(stored)


def _reserves_to_item(reserves: PriorityReserves) -> Item:
    from tollgate.ledger.store.policies import reserve_items  # noqa: PLC0415

    return reserve_items.reserves_to_item(reserves)


def _to_reserves(stored: Mapping[str, Any]) -> PriorityReserves:
    from tollgate.ledger.store.policies import reserve_items  # noqa: PLC0415

    return reserve_items.to_reserves(stored)


def _increase_to_item(increase: AutomaticIncrease) -> Item:
    from tollgate.ledger.store.policies import increase_items  # noqa: PLC0415

    return increase_items.increase_to_item(increase)


def _to_increase(stored: Mapping[str, Any]) -> AutomaticIncrease:
    from tollgate.ledger.store.policies import increase_items  # noqa: PLC0415

    return increase_items.to_increase(stored)


def _steps_to_item(taken: Mapping[str, StepsTaken]) -> Item | None:
    if not taken:
        return None
    from tollgate.ledger.store.policies import increase_items  # noqa: PLC0415

    return increase_items.steps_to_item(taken)


def _to_steps(item: Mapping[str, Any]) -> dict[str, StepsTaken]:
    if "steps_taken" not in item:
        return {}
    from tollgate.ledger.store.policies import increase_items  # noqa: PLC0415

    return increase_items.to_steps(item["steps_taken"])


# How values of each kind are written and read, of those kinds that aren't stored as they are.
_WRITE_KIND: dict[object, Callable[[Any], Any]] = {
    Kind.MOMENT: epoch,
    Kind.NAMES: set,
    Kind.TAGS: dict,
    Kind.THRESHOLDS: thresholds_to_item,
    Kind.FACTORS: dict,
    Kind.FACTOR_SCHEDULE: schedule_to_item,
    Kind.SECRETS: _secrets_to_item,
    Kind.DOWNGRADE: _downgrade_to_item,
    Kind.RESERVES: _reserves_to_item,
    Kind.INCREASE: _increase_to_item,
}
_READ_KIND: dict[object, Callable[[Any], Any]] = {
    Kind.COUNT: int,
    Kind.MOMENT: moment,
    Kind.NAMES: frozenset,
    Kind.THRESHOLDS: to_thresholds,
    Kind.FACTOR_SCHEDULE: to_schedule,
    Kind.SECRETS: _to_secrets,
    Kind.DOWNGRADE: _to_downgrade,
    Kind.RESERVES: _to_reserves,
    Kind.INCREASE: _to_increase,
}
# A quota is written and read as a whole, with its state, as is its schedule in it.
_WHOLE = tuple(setting for setting in SETTINGS if not setting.is_part)
_WRITERS = tuple((setting.attribute, setting.of, _writer(setting)) for setting in _WHOLE)
_READERS = tuple((setting.attribute, setting.path, _reader(setting)) for setting in _WHOLE)
_QUOTA_WRITERS = tuple(
    (setting.attribute, attrgetter(setting.part), _writer(setting)) for setting in QUOTA_SETTINGS
)
_QUOTA_READERS = tuple(
    (setting.attribute, setting.part, _reader(setting))
    for setting in QUOTA_SETTINGS
    if setting not in SCHEDULE_SETTINGS
)
_SCHEDULE_READERS = tuple(
    (setting.attribute, setting.part, _reader(setting)) for setting in SCHEDULE_SETTINGS
)
_ABSENT: dict[str, Any] = {setting.path: None for setting in _WHOLE if setting.optional} | {
    setting.path: setting.older for setting in _WHOLE if setting.older is not None
}
