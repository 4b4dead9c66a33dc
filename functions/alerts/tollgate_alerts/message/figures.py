"""How a budget stands, in the figures that a message shows."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_FLOOR, Context, Decimal, localcontext
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate_alerts.message import safe_names

if TYPE_CHECKING:
    from tollgate.alerts.alerts import AlertContent, Notice, Spending

# Beside as many as are named, what sums don't know yet.
MAX_MODELS = 3
OTHERS = "Others, or not yet attributed"
# The hundredth part: what is less is rounding.
_NOTABLE = 100
_CENTS = 2
_SHOWN_DIGITS = 2
_MODEL_NAME = 64
# More digits than the largest amount has before the point and the smallest one after it.
_WIDE = Context(prec=60)


@dataclass(frozen=True, slots=True)
class BudgetFigures:
    """Amounts as they are written. `used` and `remaining` add up to `limit`, also as written.

    `beyond` is what was used past the limit. `percent` is of the limit, rounded down to tenths, so that
    nothing seems reached before it is; None where there is no limit to compare with. `top_models` are the
    last 24 hours' by cost, and then what is of none of them; `last_day` is None if that isn't known, `lately`
    unless there is a burst. All that was spent is written as finely as what was used.
    """

    limit: str
    used: str
    remaining: str
    beyond: str | None
    percent: Decimal | None
    last_day: str | None
    burst: str | None
    top_models: tuple[tuple[str, str], ...]


def figures(notice: Notice) -> BudgetFigures:
    content = notice.alert.content
    left = money.difference(content.limit, content.used)
    places = max(_places(content.used), _places(left))
    # What is left is the difference of what is written: readers add it up.
    limit, used = _rounded(content.limit, places), _rounded(content.used, places)
    left = money.difference(limit, used)
    spending = notice.spending
    return BudgetFigures(
        limit=_written(limit),
        used=_written(used),
        remaining=_written(max(left, money.ZERO)),
        beyond=_written(-left) if left < 0 else None,
        percent=used_percent(content),
        last_day=None if spending is None else dollars(spending.last_day, places),
        burst=None if spending is None or spending.burst is None else dollars(spending.burst.amount, places),
        top_models=() if spending is None else _models(spending, places),
    )


def _models(spending: Spending, places: int) -> tuple[tuple[str, str], ...]:
    """By model, and the rest: so that what is written adds up, to the digits that are shown."""
    shown = spending.top_models[:MAX_MODELS]
    rest = money.difference(spending.last_day, money.total(cost for _, cost in shown))
    rows = [(safe_names.one_line(name, _MODEL_NAME), dollars(cost, places)) for name, cost in shown]
    if rest > 0 and rest * _NOTABLE >= spending.last_day:
        rows.append((OTHERS, dollars(rest, places)))
    return tuple(rows)


def remaining_of(content: AlertContent) -> Decimal:
    """USD, never negative."""
    return max(money.difference(content.limit, content.used), money.ZERO)


def used_percent(content: AlertContent) -> Decimal | None:
    if content.limit <= 0:
        return None
    with localcontext(_WIDE):
        return (content.used * 100 / content.limit).quantize(Decimal("0.1"), ROUND_DOWN)


def days_left(notice: Notice) -> Decimal | None:
    """As the notice has it, rounded down to hundredths."""
    days = notice.days_left
    if days is None:
        return None
    with localcontext(_WIDE):
        return days.quantize(Decimal("0.01"), ROUND_DOWN)


def dollars(amount: Decimal, places: int = _CENTS) -> str:
    """USD to the cent, what is less with two digits of it: `$8.12`, `$1,000.00`, `$0.00012`.

    There are at least so many decimal places. What comes after is cut off.
    """
    return _written(_rounded(amount, max(places, _places(amount))))


def percents(percent: Decimal | int) -> str:
    """`97.3 %`, `95 %`."""
    return f"{money.to_string(Decimal(percent))} %"


def _places(amount: Decimal) -> int:
    """How many decimals show at least cents, and two digits of what is less than that."""
    return max(_CENTS, _SHOWN_DIGITS - 1 - amount.adjusted()) if amount else _CENTS


def _rounded(amount: Decimal, places: int) -> Decimal:
    with localcontext(_WIDE):
        return amount.quantize(Decimal(1).scaleb(-places), ROUND_FLOOR)


def _written(amount: Decimal) -> str:
    whole, _, fraction = format(amount.copy_abs(), ",f").partition(".")
    sign = "-" if amount < 0 else ""
    return f"{sign}${whole}.{fraction.rstrip('0').ljust(_CENTS, '0')}"
