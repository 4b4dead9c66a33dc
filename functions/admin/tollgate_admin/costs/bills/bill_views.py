"""A bill as the API shows it: as JSON, and as the lines of a table."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import Field

from tollgate import money
from tollgate.keys.pack_definitions import PackCategory, PackState
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate_admin.costs import cost_rows
from tollgate_admin.costs.schemas import FIGURES, KeyRow, ModelRow, TallyView
from tollgate_admin.web.csv_output import defused
from tollgate_admin.web.wire_types import Moment, Usd, View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal


class Audience(StrEnum):
    """Who is to read it: an operator, or the customer, who isn't shown what providers charge."""

    OPERATOR = "operator"
    CUSTOMER = "customer"


class PackLine(View):
    """What a pack of the key has paid in the month (`drawn`), and for how many requests.

    The rest is how it stands now, as at `/apiKey/{keyId}/packs`: `used`, `left` and `voided` add up to
    `amount`, and what is `left` of one that has expired is lost.
    """

    pack_id: str
    name: str | None = None
    category: PackCategory | None = None
    state: PackState | None = None
    requests: int
    drawn: Usd
    amount: Usd | None = None
    price: Usd | None = None
    used: Usd | None = None
    left: Usd | None = None
    voided: Usd | None = None
    created_at: Moment | None = None
    expires_at: Moment | None = None


class ChargesView(View):
    """How the month's costs come about, USD: `total` = `packs` + `included` + `metered` + `other`.

    `packs` is what the key's own packs paid, `included` and `metered` are of requests that are billed at this
    key as a hybrid one, `other` is what is left: all that no pack paid where the key isn't hybrid, and what
    keys below it with a billing mode of their own used. `due` = `metered` + `other` is what an invoice of the
    month's usage comes to; `purchases`, the prices of the key's own packs that were bought in the month, is
    beside that. `overage` is a part of `metered`, and `fees` of `total`. `margin` = `total` - `providerCost`.
    """

    total: Usd
    packs: Usd
    included: Usd
    metered: Usd
    other: Usd
    due: Usd
    purchases: Usd
    overage: Usd
    fees: Usd
    provider_cost: Usd
    margin: Usd


class BillView(View):
    """A month's usage of a key (`own`), and of the key with all its descendants at the time (`tree`).

    `byModel` adds up to `tree`, and so do `byKey` and `moved`. `byKey` has a row for the key itself and one
    for each of its present children with their descendants. `moved` accounts for keys that were moved: what
    those that left had used here, less what those that arrived had used elsewhere.

    `packs` has the key's own packs that paid in the month, were added in it or still had something left in
    it. What they have `drawn` adds up to `charges.packs`, and `tree.cost` is `charges.total`. `billingMode`
    and `costCentre` are those that are in force for the key now. For the customer, each `providerCost` and
    `margin` is left out.
    """

    key_id: str
    name: str
    month: str
    first: date = Field(alias="from")
    to: date
    zone: str
    billing_mode: BillingMode
    cost_centre: str | None
    charges: ChargesView
    packs: list[PackLine]
    tree: TallyView
    own: TallyView
    by_model: list[ModelRow]
    by_key: list[KeyRow]
    moved: TallyView

    def to_json(self, audience: Audience) -> str:
        hidden = _HIDDEN if audience is Audience.CUSTOMER else None
        return self.model_dump_json(by_alias=True, exclude=hidden)


_SECRETS = {"provider_cost", "margin"}
_OF_PACKS = {"requests", "category", "state", "amount", "price", "left", "expires_at"}
_HIDDEN: Any = {
    **dict.fromkeys(("charges", "tree", "own", "moved"), _SECRETS),
    **{rows: {"__all__": _SECRETS} for rows in ("by_model", "by_key")},
}


class BillLine(TallyView):
    """A row of the bill's table. `part` is `tree`, `model`, `key` or `moved`, as in the JSON."""

    part: str
    id: str | None
    name: str | None
    # Of packs.
    category: str | None = None
    state: str | None = None
    amount: Usd | None = None
    price: Usd | None = None
    left: Usd | None = None
    expires_at: Moment | None = None


def table(bill: BillView, audience: Audience) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """Names of columns and the rows: the tree, what its cost is made up of, then models, keys and `moved`.

    What its cost is made up of has no other figures: `pack`, `included`, `metered`, `other`.
    """
    hidden = _SECRETS if audience is Audience.CUSTOMER else set()
    columns = cost_rows.table_columns(BillLine)
    names = {str(BillLine.model_fields[name].alias) for name in hidden}
    return [name for name in columns if name not in names], _rows(bill)


def _rows(bill: BillView) -> Iterator[dict[str, Any]]:
    yield _row("tree", bill.tree, bill.key_id, bill.name)
    for pack in bill.packs:
        yield _pack(pack)
    for part in ("included", "metered", "other"):
        yield _amount(part, getattr(bill.charges, part))
    for model in bill.by_model:
        yield _row("model", model, model.model_id, model.model)
    for key in bill.by_key:
        yield _row("key", key, key.key_id, key.name)
    yield _row("moved", bill.moved)


def _row(
    part: str, figures: TallyView, line_id: str | None = None, name: str | None = None
) -> dict[str, Any]:
    counted = figures.model_dump(include=FIGURES)
    return cost_rows.table_row(BillLine(part=part, id=line_id, name=name, **counted))


def _pack(line: PackLine) -> dict[str, Any]:
    shown = line.model_dump(by_alias=True, mode="json", include=_OF_PACKS)
    name = None if line.name is None else defused(line.name)
    return {**shown, **_amount("pack", line.drawn), "id": line.pack_id, "name": name}


def _amount(part: str, cost: Decimal) -> dict[str, Any]:
    return {"part": part, "cost": money.to_string(cost)}
