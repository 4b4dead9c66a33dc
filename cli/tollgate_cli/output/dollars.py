"""Money as people read it: exact, in USD."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_MOST_DIGITS: Final = 60


def usd(amount: str | None, *, absent: str = "") -> str:
    """An exact decimal string of the API's with two decimals or more: "1234.5" is $1,234.50.

    `absent` stands for None, which means no limit where the API has one.
    """
    if amount is None:
        return absent
    number = Decimal(amount)
    # What no amount of the API's is; digit by digit it could fill memory.
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return f"${amount}"
    whole, _, fraction = f"{abs(number):f}".partition(".")
    sign = "-" if number < 0 else ""
    return f"{sign}${int(whole):,}.{fraction.rstrip('0').ljust(2, '0')}"


def nonzero(amount: str | None) -> bool:
    """Whether there is an amount, and it isn't 0 in any spelling."""
    return amount is not None and Decimal(amount) != 0
