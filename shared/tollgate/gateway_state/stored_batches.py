"""Batches and their files: whose they are, what is held for a batch, and what its calls may use."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.pricing.price_versions import PriceVersion


class ThingKind(StrEnum):
    """What a key owns at a provider: of OpenAI's API files and batches, of Anthropic's message batches."""

    FILE = "file"
    BATCH = "batch"
    MESSAGE_BATCH = "message_batch"


class BatchStage(StrEnum):
    """How far a batch has come.

    `beginning`: it is about to be let in, and wasn't sent. `sending`: it is held for, and may have been sent.
    `open`: the provider has it. `settled`: it is recorded, or was given up; nothing more is done for it.
    """

    BEGINNING = "beginning"
    SENDING = "sending"
    OPEN = "open"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What the calls of a batch have in common that decides what each may use and cost.

    `limits_output` says that the provider was given the limit of their output. `options` are those of the
    request as plain values, which the proxy knows how to read.
    """

    choices: int
    other_output_tokens: int
    tool_calls: Mapping[str, int]
    limits_output: bool
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BatchCall:
    """A call of a batch, by a hash of the client's name for it, and the most that it can use, in tokens.

    `limits` is a place among those of the batch.
    """

    name: bytes
    prompt_tokens: int
    output_tokens: int
    limits: int


@dataclass(frozen=True, slots=True)
class BatchCalls:
    """All calls of a batch, or of a file for one."""

    calls: tuple[BatchCall, ...]
    limits: tuple[CallLimits, ...]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that a provider keeps for a key: the input of batches, or what came of one.

    `seen` is the provider's own object, as it was last. Of an input, `api` is the API of its calls (`chat`),
    `model` the one that they name, `remote_id` that model's name at the provider, and `limits_output` says
    whether all of them have a limit on their output. What came of a batch has the batch's id.
    """

    file_id: str
    key_id: str
    provider_id: str
    created_at: datetime
    seen: Mapping[str, Any]
    api: str | None = None
    model: str | None = None
    remote_id: str | None = None
    limits_output: bool = False
    batch_id: str | None = None

    @property
    def is_input(self) -> bool:
        return self.api is not None


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch, by its provider's id once that is known, and what its record needs.

    `request_id` is the one that it was let in as, at `admitted_at`; `scopes` are its key and those above,
    which hold for it until `held_until`. The tariff's factor and fee, and the provider's price, are those of
    then. `context_limit` and `output_limit` are the model's. `calls` counts them. `tagged` says that the
    provider was told the `request_id`, by which it can be found again. `due_at` is when to look at it.
    """

    kind: ThingKind
    request_id: str
    key_id: str
    provider_id: str
    api: str
    model: str
    remote_id: str
    price: PriceVersion
    calls: int
    admitted_at: datetime
    held_until: datetime
    stage: BatchStage
    due_at: datetime
    batch_id: str | None = None
    scopes: tuple[str, ...] = ()
    price_factor: Decimal = money.ONE
    minimum_fee: Decimal = money.ZERO
    billing_mode: str | None = None
    cost_centre: str | None = None
    context_limit: int | None = None
    output_limit: int | None = None
    tagged: bool = False
    seen: Mapping[str, Any] = field(default_factory=dict)
