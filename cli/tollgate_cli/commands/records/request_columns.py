"""A request as people read it: in a line of a list, and all of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.output.dollars import nonzero, usd
from tollgate_cli.output.figure_columns import amount, count
from tollgate_cli.output.moments import second
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.output.shown_text import shown
from tollgate_cli.output.table_layout import cut
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a live table takes with names cut short.
_LIVE_WIDTH: Final = 80
# Below it, ids and the list's other columns don't fit into one line.
_ROOM_FOR_IDS: Final = 110
_STYLES: Final = {"failed": "red", "abandoned": "yellow"}


def _style(row: Row) -> str | None:
    return _STYLES.get(row["outcome"])


def _status(row: Row) -> str:
    """What became of it; of a failure, what the provider answered."""
    if row["outcome"] == "succeeded":
        return "ok"
    return " ".join(str(each) for each in (row["outcome"], row["httpStatus"]) if each)


def _at(row: Row) -> str:
    return second(row["createdAt"])[5:]


def _key(row: Row) -> str:
    name: str | None = row["keyName"]
    return name or f"{row['keyId']} (deleted)"


def _tokens(row: Row) -> str:
    return f"{row['promptTokens'] + row['completionTokens']:,}"


def columns() -> list[Column]:
    """Those of a list, with the id where there is room for it, which is also where there is no terminal."""
    width = session().output.width
    listed = [
        Column("UTC", _at),
        Column("Key", _key, wide=True),
        Column("Model", "model", wide=True),
        Column("Outcome", _status, style=_style),
        Column("Tokens", _tokens, right=True),
        amount("Cost", "calculatedCost"),
    ]
    return [Column("ID", "id"), *listed] if width is None or width >= _ROOM_FOR_IDS else listed


def live_columns() -> list[Column]:
    """The same for rows that come one by one: each column is as wide from the start as most rows need it."""
    width = session().output.width
    if width is None:
        return columns()
    more = max(width - _LIVE_WIDTH, 0) // 2
    key, model = 12 + more, 16 + more
    return [
        Column("UTC", _at),
        Column("Key".ljust(key), lambda row: cut(shown(_key(row)), key)),
        Column("Model".ljust(model), lambda row: cut(shown(row["model"]), model)),
        Column("Outcome".ljust(10), _status, style=_style),
        Column("Tokens".rjust(7), _tokens, right=True),
        Column("Cost".rjust(11), lambda row: usd(row["calculatedCost"]), right=True),
    ]


def show(request: Row) -> None:
    """All of a request: its figures, the lines of its bill, what paid for it, the attempts before."""
    output = session().output
    output.item(request, _FIELDS)
    if output.format is not Format.TABLE:
        return
    names = request["keyNames"]
    _table(
        [{"class": name, "tokens": count} for name, count in request["tokens"].items() if count],
        [
            Column("Tokens", lambda row: row["class"].replace("_", " "), wide=True),
            count("", "tokens"),
        ],
    )
    _table(
        request["breakdown"],
        [
            Column("Charged for", lambda row: row["item"].replace("_", " "), wide=True),
            count("Quantity", "quantity"),
            amount("Each, tokens per 1M", "unitPrice"),
            amount("Cost", "cost"),
        ],
    )
    _table(
        request["packDraws"],
        [
            Column("Paid by pack", "packId"),
            Column("Of", lambda row: names.get(row["keyId"]) or row["keyId"], wide=True),
            amount("Amount", "amount"),
        ],
    )
    _table(
        request["attempts"],
        [
            Column("Failed before at", "providerId"),
            Column("Fault", _fault, wide=True),
            Column("Took", lambda row: f"{row['durationMs']:,} ms", right=True),
            amount("Cost", "cost"),
        ],
    )


def _fault(attempt: Row) -> str:
    said = str(attempt["fault"]).replace("_", " ")
    return f"{said} ({attempt['httpStatus']})" if attempt["httpStatus"] else said


def _table(rows: Sequence[Row], columns_of_it: Sequence[Column]) -> None:
    if rows:
        session().output.line()
        session().output.rows(rows, columns_of_it, empty="")


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(str(value).replace("_", " ") for value in values)


def _pairs(values: Row) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _keys(request: Row) -> str:
    """The key and those above it, by their names."""
    names = request["keyNames"]
    return " < ".join(names.get(each) or each for each in request["scopes"] or [request["keyId"]])


def _model(request: Row) -> str:
    model, remote = str(request["model"]), request["remoteModel"]
    return model + (f", at the provider {remote}" if remote not in {None, model} else "")


def _fallen_back(request: Row) -> str | None:
    """The model that failed, and how."""
    failed = request["fallbackFrom"]
    return None if failed is None else f"{failed}, which failed ({request['fallbackReason']})"


def _billed(request: Row) -> str | None:
    billing = request["billing"]
    if billing is None:
        return None
    return f"{usd(billing['included'])} included, {usd(billing['metered'])} metered"


def _factor(request: Row) -> str | None:
    factor, fee = request["priceFactor"], request["minimumFee"]
    parts = [f"{factor} times the price"] if Decimal(factor) != 1 else []
    return ", ".join([*parts, *([f"at least {usd(fee)}"] if nonzero(fee) else [])]) or None


_FIELDS: Final = (
    Column("Request", "id"),
    Column("Outcome", _status, style=_style),
    Column("Began", "createdAt"),
    Column("Ended", "completedAt"),
    Column("Key", _keys),
    Column("Owner", "ownerEmail"),
    Column("Tags", lambda row: _pairs(row["tags"])),
    Column("Session", "sessionId"),
    Column("Kind", lambda row: row["kind"] + (", streamed" if row["streamed"] else "")),
    Column("Model", _model),
    Column("  asked for", "downgradedFrom"),
    Column("  instead of", _fallen_back),
    Column("  others", lambda row: _listed([each["model"] for each in row["otherModels"]])),
    Column("Provider", "providerId"),
    Column("  its request", "providerRequestId"),
    Column("HTTP status", "httpStatus"),
    Column("Tier", "serviceTier"),
    Column("Speed", "speed"),
    Column("Region", "inferenceGeo"),
    Column("Tool calls", lambda row: _pairs(row["toolCalls"])),
    Column(
        "Usage",
        lambda row: f"by the {row['usageSource']}" if row["usageSource"] == "provider" else "estimated",
    ),
    Column("  in doubt", lambda row: _listed(row["usageFlags"]), style=lambda _: "yellow"),
    Column("Cost", lambda row: usd(row["calculatedCost"]) + ("" if row["priced"] else " (no price)")),
    amount("  provider's", "providerCost"),
    Column("  by", _factor),
    Column("  price version", "priceVersion"),
    Column("  beyond hold", lambda row: "more than was held for it" if row["exceedsHold"] else None),
    Column("Billing", "billingMode"),
    Column("  of it", _billed),
    Column("Cost centre", "costCentre"),
)
