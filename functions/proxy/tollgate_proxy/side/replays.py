"""`Idempotency-Key`: a request that is sent again gets the answer that it got, and isn't charged again."""

from __future__ import annotations

import hashlib
import logging
import re
from typing import TYPE_CHECKING

from tollgate.gateway_state.idempotency import IdempotencyKey, StoredReply
from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.http_messages import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tollgate.clock import Clock
    from tollgate.keys.api_keys import ApiKey
    from tollgate_proxy.http_messages import Request
    from tollgate_proxy.ports import Replies

logger = logging.getLogger(__name__)

_HEADER = "idempotency-key"
_MAX_CHARACTERS = 255
# SDKs that name every request themselves do it for their own retries alone.
_NAMED_BY_SDK = re.compile(r"stainless-[a-z]+-retry-")
# Headers that say how things were then, or belong to that exchange.
_NOT_KEPT = ("x-tollgate-budget-", "x-ratelimit-")


@dataclass(frozen=True, slots=True)
class Replay:
    """A request's answer as it is kept under its client's name for it, if there is one."""

    answers: Replies
    clock: Clock
    idempotency_key: IdempotencyKey | None = None

    @property
    def is_wanted(self) -> bool:
        return self.idempotency_key is not None

    def keep(self, status: int, headers: Mapping[str, str], chunks: Iterable[bytes]) -> None:
        """If this fails, the name stays taken for a while: better than to charge twice."""
        if self.idempotency_key is None:
            return
        kept = {name: value for name, value in headers.items() if not name.startswith(_NOT_KEPT)}
        answer = StoredReply(self.idempotency_key.request_id, status, kept, b"".join(chunks))
        try:
            self.answers.keep(self.idempotency_key, answer, self.clock())
        except Exception:
            logger.exception("The answer to %s could not be kept", self.idempotency_key.request_id)

    def forget(self) -> None:
        if self.idempotency_key is None:
            return
        try:
            self.answers.forget(self.idempotency_key)
        except Exception:
            logger.exception(
                "The idempotency key of %s could not be released", self.idempotency_key.request_id
            )


def idempotency_key_of(
    request: Request, key: ApiKey, given_up_at: datetime, *, sdk_names: bool
) -> IdempotencyKey | None:
    """The client's name for a request, None if it has none; raises `RefusedError` for one that is too long.

    With `sdk_names`, also one that an SDK has made up.
    """
    text = request.headers.get(_HEADER, "")
    if not text or (_NAMED_BY_SDK.match(text) and not sdk_names):
        return None
    if len(text) > _MAX_CHARACTERS:
        message = f"`Idempotency-Key` must not be longer than {_MAX_CHARACTERS} characters."
        raise RefusedError(Reason.INVALID_PARAMETER, message, param="Idempotency-Key")
    asked = hashlib.sha256(f"{request.method} {request.path}?{request.query}\n".encode() + request.body)
    name = hashlib.sha256(f"{key.key_id} {text}".encode())
    return IdempotencyKey(name.hexdigest(), asked.hexdigest(), request.id, given_up_at)


def replayed(kept: StoredReply) -> Answer:
    headers = {**kept.headers, "x-tollgate-replayed-request-id": kept.request_id}
    return Answer(kept.status, headers, [kept.body])
