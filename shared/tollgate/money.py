"""Exact US dollars: `Decimal` from a price to a total, never a float.

DynamoDB numbers hold 38 significant digits. Arithmetic here runs in a context of that
precision which raises instead of rounding, so a result is either exact or an error.
"""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    Clamped,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
    Overflow,
    Rounded,
    localcontext,
)
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

ZERO = Decimal(0)
ONE = Decimal(1)

# What can be multiplied has few enough digits for 38 to hold every product: a price (USD per 1M
# tokens) 5 before the point and 8 after it, each of the factors that can apply to it (time of day, key) 2 and
# 3, what a service tier, a speed and a place come to together 2 and 4, a count of tokens 8. That is 37, which
# leaves one for a bill's sum. What is metered is multiplied once more, by an overage factor, and may then
# have 27 decimals.
PRICE_DECIMALS = 8
PRICE_MAX = Decimal(99_999)
FACTOR_DECIMALS = 3
FACTOR_MAX = Decimal("99.999")
COMBINED_DECIMALS = 4
COMBINED_MAX = Decimal("99.9999")
AMOUNT_DECIMALS = 18
# What is available of a budget is a sum of costs and of up to 20 amounts: a limit, by how much it is raised,
# what was carried over, 16 packs, what may be metered. That is 11 digits, which leaves a cost its 27
# decimals.
AMOUNT_MAX = Decimal(10) ** 9

_PER_MILLION = -6
_DIGITS = 38
_SMALLEST = Decimal(1).scaleb(-AMOUNT_DECIMALS)
_EXACT = Context(prec=_DIGITS, traps=[Clamped, Inexact, InvalidOperation, Overflow, Rounded])
# For bounds, which may be a little too high or too low, as the case may be.
_UP = Context(prec=_DIGITS, rounding=ROUND_CEILING)
_DOWN = Context(prec=_DIGITS, rounding=ROUND_FLOOR)


def exact() -> AbstractContextManager[Context]:
    """Runs `Decimal` arithmetic at 38 digits; raises `decimal.Inexact` rather than round."""
    return localcontext(_EXACT)


def cost_of(tokens: int, price: Decimal) -> Decimal:
    """The cost in USD of `tokens` at `price` USD per 1M tokens."""
    with exact():
        return (tokens * price).scaleb(_PER_MILLION)


def difference(amount: Decimal, other: Decimal) -> Decimal:
    """What `amount` is more than `other`, negative if less."""
    with exact():
        return amount - other


def product_at_least(amount: Decimal, factor: Decimal) -> Decimal:
    """The product, rounded up where 38 digits don't hold it: a bound for a hold, never a charge."""
    return _UP.multiply(amount, factor)


def quotient_at_most(amount: Decimal, divisor: Decimal) -> Decimal:
    """The quotient, rounded down where 38 digits don't hold it: a bound for a hold, never a charge."""
    return _DOWN.divide(amount, divisor)


def rounded_quotient(amount: Decimal, divisor: Decimal) -> Decimal:
    """The quotient, rounded down to 18 decimals: an estimate, never a charge."""
    return quotient_at_most(amount, divisor).quantize(_SMALLEST, context=_DOWN)


def total(amounts: Iterable[Decimal]) -> Decimal:
    with exact():
        return sum(amounts, ZERO)


def to_string(amount: Decimal) -> str:
    """Plain decimal notation without an exponent or trailing zeros: `0.000123`, `10`, `0`."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
