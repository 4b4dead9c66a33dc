"""Holds as a scope's item has them: a list for each open request, under the request's id.

An item has as many as there are requests open, and each write of it is charged by its size. So places in a
list stand for names, and what follows from something else is left out: first the amount (USD), tokens, the
moment of admission, and the seconds from there until the process must be dead. On an ancestor the id of the
key that the request came with is next. On that key itself it is what a record needs: the model, the price
version, the bounds of the input in tokens and in USD, whether a stream was asked for, and two that may be
missing: the kind, a text, unless it is the usual one, and the price factor, a number, unless it is 1.

The last place is what packs have to do with it, where they have: a map of what is reserved of each, or, once
the request was assigned who pays for it, a list: the cost, the packs that paid, each followed by its draw,
and where what is beyond the quota is metered, what was included and what was metered.

In the form that version 0.1 reads a hold is a map of names, of which it ignores those that it doesn't know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.aws.dynamodb import epoch, moment
from tollgate.catalog import catalog
from tollgate.ledger.holds import HeldCall, Hold, HoldForm, HoldParts
from tollgate.ledger.records import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# How many places a hold of each kind has, at least; one of nothing has the first ones alone.
_OF_ANCESTOR, _OF_CALL = 5, 9
# What stands between a model's id and the rest of a price version's; no id begins with one of them.
_AFTER_MODEL = (":", "/")


class StoredHolds(Mapping[str, Hold]):
    """A scope's holds as its item has them, each read when it is asked for: a call asks for its own."""

    __slots__ = ("stored",)

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self.stored = stored

    def __getitem__(self, request_id: str) -> Hold:
        return to_hold(self.stored[request_id])

    def __contains__(self, request_id: object) -> bool:
        return request_id in self.stored

    def __iter__(self) -> Iterator[str]:
        return iter(self.stored)

    def __len__(self) -> int:
        return len(self.stored)

    def __repr__(self) -> str:
        return repr(dict(self))


def holds_to_item(holds: Mapping[str, Hold]) -> Mapping[str, Any]:
    """All of a scope's; those that were read are as they are stored, for a condition to compare."""
    if isinstance(holds, StoredHolds):
        return holds.stored
    return {request_id: hold_to_item(hold) for request_id, hold in holds.items()}


def hold_to_item(hold: Hold, form: HoldForm = HoldForm.SHORT) -> Any:
    if form is HoldForm.NAMED:
        return _to_map(hold)
    item = _places(hold)
    if hold.parts is not None:
        return [*item, _parts_to_item(hold.parts)]
    return [*item, dict(hold.reserved)] if hold.reserved else item


def stored_form(holds: Mapping[str, Hold], request_id: str) -> Any:
    """One of a scope's holds as it is stored, for a condition to compare."""
    return holds_to_item(holds)[request_id]


def _places(hold: Hold) -> list[Any]:
    at = epoch(hold.at)
    item = [hold.amount, hold.tokens, at, epoch(hold.expires_at) - at]
    if hold.key_id is not None:
        return [*item, hold.key_id]
    call = hold.call
    if call is None:
        return item
    item += [call.model, _short_version(call), call.prompt_tokens, call.input_cost, call.streamed]
    if call.kind is not RecordKind.COMPLETION:
        item.append(call.kind.value)
    if call.price_factor != money.ONE:
        item.append(call.price_factor)
    return item


def _short_version(call: HeldCall) -> str:
    """A price version without the id of its model, which follows from the model's name."""
    rest = call.price_version.removeprefix(catalog.model_id(call.model))
    return rest if rest.startswith(_AFTER_MODEL) else call.price_version


def to_hold(stored: Any) -> Hold:
    if isinstance(stored, dict):
        return _from_map(stored)
    stored, reserved, parts = _without_packs(stored)
    amount, tokens, at, seconds, *more = stored
    return Hold(
        amount=amount,
        tokens=int(tokens),
        at=moment(at),
        expires_at=moment(at + seconds),
        key_id=more[0] if len(stored) == _OF_ANCESTOR else None,
        call=_to_call(more) if len(stored) >= _OF_CALL else None,
        reserved=reserved,
        parts=parts,
    )


def _parts_to_item(parts: HoldParts) -> list[Any]:
    item: list[Any] = [parts.cost]
    for pack_id, draw in parts.draws.items():
        item += [pack_id, draw]
    return item if parts.included is None else [*item, parts.included, parts.metered]


def _without_packs(stored: Sequence[Any]) -> tuple[Sequence[Any], Mapping[str, Any], HoldParts | None]:
    """The places of a hold without the last one, if that is about packs, and what that says."""
    last = stored[-1]
    if isinstance(last, dict):
        return stored[:-1], last, None
    if not isinstance(last, list):
        return stored, {}, None
    cost, *rest = last
    draws: dict[str, Any] = {}
    while rest and isinstance(rest[0], str):
        pack_id, draw, *rest = rest
        draws[pack_id] = draw
    return stored[:-1], {}, HoldParts(cost, draws, *rest)


def _to_call(places: Sequence[Any]) -> HeldCall:
    model, price, prompt_tokens, input_cost, streamed, *rare = places
    return HeldCall(
        model=model,
        kind=next((RecordKind(each) for each in rare if isinstance(each, str)), RecordKind.COMPLETION),
        price_version=f"{catalog.model_id(model)}{price}" if price.startswith(_AFTER_MODEL) else price,
        prompt_tokens=int(prompt_tokens),
        input_cost=input_cost,
        streamed=streamed,
        price_factor=next((each for each in rare if not isinstance(each, str)), money.ONE),
    )


def _to_map(hold: Hold) -> dict[str, Any]:
    call = hold.call
    named = {
        "amount": hold.amount,
        "tokens": hold.tokens,
        "at": epoch(hold.at),
        "until": epoch(hold.expires_at),
        "key": hold.key_id,
        "call": {
            "model": call.model,
            "kind": call.kind.value,
            "price": call.price_version,
            "prompt": call.prompt_tokens,
            "input": call.input_cost,
            "streamed": call.streamed,
            "factor": call.price_factor,
        }
        if call
        else None,
        "packs": _parts_to_item(hold.parts) if hold.parts is not None else dict(hold.reserved) or None,
    }
    return {name: value for name, value in named.items() if value is not None}


def _from_map(stored: Mapping[str, Any]) -> Hold:
    """One of version 0.1 has neither a factor nor packs."""
    call = stored.get("call")
    _, reserved, parts = _without_packs([stored.get("packs")])
    return Hold(
        amount=stored["amount"],
        tokens=int(stored["tokens"]),
        at=moment(stored["at"]),
        expires_at=moment(stored["until"]),
        key_id=stored.get("key"),
        call=HeldCall(
            model=call["model"],
            kind=RecordKind(call["kind"]),
            price_version=call["price"],
            prompt_tokens=int(call["prompt"]),
            input_cost=call["input"],
            streamed=call["streamed"],
            price_factor=call.get("factor", money.ONE),
        )
        if call
        else None,
        reserved=reserved,
        parts=parts,
    )
