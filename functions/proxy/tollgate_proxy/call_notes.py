"""What is noted of a request while it is served, for the metrics that are written when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.ledger.records import LedgerRecord
    from tollgate.refusals import Reason
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.upstream.provider_calls import Fault


@dataclass(slots=True)
class CallNotes:
    """A request as far as it has come; all of it None where it never came so far.

    `call` is what was admitted, as the model that serves it has it, `record` what it came to. `fault` is how
    the provider failed that was asked last, of which the record says nothing; a call that `is_rejected` is
    one whose provider found the request wrong. A stream that `is_broken_off` has told its client so.

    A provider was first asked at `asked_at`, the client has got the first event of a stream at
    `first_byte_at`, everything was there for the client at `told_at` and with the client at `ended_at`, and
    the call's holds were closed at `closed_at`.
    """

    refused: Reason | None = None
    call: Call | None = None
    record: LedgerRecord | None = None
    fault: Fault | None = None
    is_rejected: bool = False
    is_broken_off: bool = False
    settlement_failures: int = 0
    asked_at: datetime | None = None
    first_byte_at: datetime | None = None
    told_at: datetime | None = None
    ended_at: datetime | None = None
    closed_at: datetime | None = None
