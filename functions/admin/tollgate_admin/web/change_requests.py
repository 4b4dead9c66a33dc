"""What changes are made for: a request, as everything below the routes knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from tollgate.clock import Clock
from tollgate.lean_dataclass import dataclass
from tollgate_admin.composition import services_of
from tollgate_admin.web import access, revisions
from tollgate_admin.web.access import Actor

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Request


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """Who asks for a change, in which request, and which revisions of what is changed it may meet.

    `now` is asked anew at each try: one that has waited for others is later than theirs, in the audit, too.
    """

    actor: Actor
    request_id: str | None
    now: Clock
    if_match: str | None = None

    @classmethod
    def of(cls, request: Request) -> Self:
        """Raises `LookupError` if nobody has authenticated."""
        context: Any = request.resolved_event.get("requestContext") or {}
        return cls(
            access.actor_of(request),
            context.get("requestId"),
            services_of(request).clock,
            revisions.if_match_of(request),
        )

    def require(self, revision: int, named: int | None = None) -> None:
        """Raises `ProblemError` 412 unless the request may meet this revision.

        `named` is the one that its body requires, where it can.
        """
        revisions.require(revision, self.if_match, named)
