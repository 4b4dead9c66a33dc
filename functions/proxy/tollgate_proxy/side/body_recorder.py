"""What passes between a client and Tollgate, kept when it has passed.

Imported by requests of keys that ask for it alone. Headers are not kept: they hold secrets.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.request_log.kept_bodies import MAX_BYTES, CapturedBody, KeptBodies
from tollgate.request_log.store.bodies_table import BodiesTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import timedelta

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.clock import Clock
    from tollgate.ledger.scopes import Scope
    from tollgate_proxy.http_messages import Answer, Request

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BodyRecorder:
    """`retention` is how long bodies are kept."""

    client: DynamoDBClient
    table: str
    retention: timedelta
    clock: Clock

    def recording(self, request: Request, scope: Scope, answer: Answer) -> Answer:
        """The answer, whose body is kept along with the request's when the client has all of it."""
        passed = _BodyTap()

        def after() -> None:
            try:
                answer.after()
            finally:
                self._keep(request, scope, passed)

        return replace(answer, chunks=passed.captured(answer.chunks), after=after)

    def _keep(self, request: Request, scope: Scope, passed: _BodyTap) -> None:
        """If this fails, the call is none the worse. What failed isn't told: it might quote a body."""
        now = self.clock()
        bodies = KeptBodies(
            request_id=request.id,
            key_id=scope.key_id,
            request=CapturedBody(request.body[:MAX_BYTES], len(request.body)),
            response=CapturedBody(bytes(passed.beginning), passed.size),
            kept_at=now,
            expires_at=now + self.retention,
        )
        try:
            BodiesTable(self.client, self.table).keep(bodies)
        except Exception as error:
            logger.error("The bodies of %s can't be kept: %s", request.id, type(error).__name__)  # noqa: TRY400


class _BodyTap:
    """A response's body as it goes by."""

    def __init__(self) -> None:
        self.beginning = bytearray()
        self.size = 0

    def captured(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        iterator = iter(chunks)
        try:
            for chunk in iterator:
                self.size += len(chunk)
                self.beginning += chunk[: MAX_BYTES - len(self.beginning)]
                yield chunk
        finally:
            if hasattr(iterator, "close"):
                iterator.close()  # a stream is settled there
