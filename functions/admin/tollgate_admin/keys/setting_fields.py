"""A key's settings as the API has them: their fields in views, and their values there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import create_model

from tollgate.ledger.key_settings import BY_WIRE, Kind, Setting
from tollgate_admin.alerts.threshold_schemas import ThresholdBody, from_bodies, to_bodies
from tollgate_admin.keys import factor_schemas
from tollgate_admin.keys.downgrade_schemas import DowngradeBody
from tollgate_admin.keys.factor_schemas import ScheduledFactorBody
from tollgate_admin.keys.policy_schemas import AutomaticIncreaseBody, PriorityReservesBody
from tollgate_admin.web.wire_types import Moment, Usd, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tollgate.ledger.scopes import Scope

V = TypeVar("V", bound=View)

_TYPES: dict[object, Any] = {
    Kind.TEXT: str,
    Kind.DECIMAL: Usd,
    Kind.COUNT: int,
    Kind.SWITCH: bool,
    Kind.MOMENT: Moment,
    Kind.NAMES: list[str],
    Kind.TAGS: dict[str, str],
    Kind.THRESHOLDS: tuple[ThresholdBody, ...],
    Kind.DOWNGRADE: DowngradeBody,
    Kind.FACTORS: dict[str, Usd],
    Kind.FACTOR_SCHEDULE: tuple[ScheduledFactorBody, ...],
    Kind.RESERVES: PriorityReservesBody,
    Kind.INCREASE: AutomaticIncreaseBody,
}
_SHOW: dict[object, Callable[[Any], Any]] = {
    Kind.NAMES: sorted,
    Kind.THRESHOLDS: to_bodies,
    Kind.DOWNGRADE: DowngradeBody.of,
    Kind.FACTOR_SCHEDULE: factor_schemas.to_bodies,
    Kind.RESERVES: PriorityReservesBody.of,
    Kind.INCREASE: AutomaticIncreaseBody.of,
}
_READ: dict[object, Callable[[Any], Any]] = {
    Kind.NAMES: frozenset,
    Kind.THRESHOLDS: from_bodies,
    Kind.DOWNGRADE: DowngradeBody.to_downgrade,
    Kind.FACTOR_SCHEDULE: factor_schemas.from_bodies,
    Kind.RESERVES: PriorityReservesBody.to_reserves,
    Kind.INCREASE: AutomaticIncreaseBody.to_increase,
}


def showing(settings: Iterable[Setting]) -> Callable[[type[V]], type[V]]:
    """Gives a view the fields of settings, behind those that its class has, whatever their types there."""

    def complete(view: type[V]) -> type[V]:
        missing: dict[str, Any] = {
            setting.wire: (_type(setting), ...)
            for setting in settings
            if setting.wire not in view.model_fields
        }
        return create_model(
            view.__name__, __base__=view, __module__=view.__module__, __doc__=view.__doc__, **missing
        )

    return complete


def shown(settings: Iterable[Setting], scope: Scope) -> dict[str, Any]:
    """The values of settings, by their names in views."""
    return {setting.wire: _converted(_SHOW, setting, setting.of(scope)) for setting in settings}


def of_scope(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a body gives, as a scope's fields have them and by their names there."""
    named = {BY_WIRE[name]: value for name, value in given.items()}
    return {setting.path: _converted(_READ, setting, value) for setting, value in named.items()}


def _type(setting: Setting) -> Any:
    found = setting.kind if isinstance(setting.kind, type) else _TYPES[setting.kind]
    return found | None if setting.optional else found


def _converted(convert: Mapping[object, Callable[[Any], Any]], setting: Setting, value: Any) -> Any:
    return convert[setting.kind](value) if value is not None and setting.kind in convert else value
