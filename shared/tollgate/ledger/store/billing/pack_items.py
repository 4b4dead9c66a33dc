"""Packs as a scope's item has them: a list for each, under the pack's id.

Each write of the item is charged by its size, so places in the list stand for names: what is left (USD), the
amount, the priority, the moments at which it takes effect, was created and expires (0: never), and whether it
is promotional. One that pays for some models alone has what is free of it besides, and their names.
"""

from __future__ import annotations

from typing import Any

from tollgate.aws.dynamodb import epoch, moment
from tollgate.ledger.billing.packs import Pack

# Places in the list that writes change or compare by themselves.
LEFT, EXPIRES_AT, FREE = 0, 5, 7
_NEVER = 0


def pack_to_item(pack: Pack) -> list[Any]:
    item = [
        pack.left,
        pack.amount,
        pack.priority,
        epoch(pack.effective_at),
        epoch(pack.created_at),
        epoch(pack.expires_at) if pack.expires_at else _NEVER,
        pack.is_promotional,
    ]
    return item if pack.models is None else [*item, pack.free, sorted(pack.models)]


def to_pack(stored: Any) -> Pack:
    left, amount, priority, effective_at, created_at, expires_at, is_promotional, *restricted = stored
    return Pack(
        amount=amount,
        left=left,
        priority=int(priority),
        effective_at=moment(effective_at),
        created_at=moment(created_at),
        expires_at=None if expires_at == _NEVER else moment(expires_at),
        is_promotional=is_promotional,
        free=restricted[0] if restricted else None,
        models=frozenset(restricted[1]) if restricted else None,
    )
