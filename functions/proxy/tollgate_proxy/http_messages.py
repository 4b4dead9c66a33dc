"""HTTP as the gateway sees it, apart from how it arrives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tollgate.catalog.catalog import ProviderType
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

_MESSAGES = "/v1/messages"
# By which clients name the conversation that a request belongs to: Claude Code, Codex, OpenCode and others.
_CONVERSATION = (
    "x-claude-code-session-id",
    *("session_id", "session-id", "conversation_id"),
    *("x-session-id", "x-session-affinity", "x-conversation-id"),
)
_DOWNGRADE = "x-tollgate-downgrade"
# A session's name as records keep it: a longer one, or one that isn't plain text, is none.
_SESSION = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?")
_FALLBACK = "x-tollgate-fallback"


@dataclass(frozen=True, slots=True)
class Request:
    """A client's request. Header names are in lower case.

    `deadline` is when the answer must be over, `answer_by` when it must have begun.
    """

    id: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    deadline: datetime
    answer_by: datetime
    query: str = ""

    @property
    def wire_format(self) -> ProviderType:
        """Whose shape the client expects; Anthropic's clients name the version of its API."""
        of_messages = self.path.startswith(_MESSAGES) or "anthropic-version" in self.headers
        return ProviderType.ANTHROPIC if of_messages else ProviderType.OPENAI

    @property
    def conversation(self) -> str | None:
        """The client's own name for the conversation that the request belongs to, if it has one."""
        return next((self.headers[name] for name in _CONVERSATION if self.headers.get(name)), None)

    @property
    def session_id(self) -> str | None:
        """The same, as the request's record has it."""
        named = self.conversation
        return named if named is not None and _SESSION.fullmatch(named) else None

    @property
    def trace(self) -> str | None:
        """The trace that the client calls from, as the request's record has it, if it has told one."""
        header = self.headers.get("traceparent")
        if header is None:
            return None
        # Most clients send none, and no start reads it.
        from tollgate import trace_context  # noqa: PLC0415

        return trace_context.kept(header)

    @property
    def forbids_downgrade(self) -> bool:
        """Whether it is to be refused rather than served by another model than it asks for."""
        return self._forbids(_DOWNGRADE)

    @property
    def forbids_fallback(self) -> bool:
        """Whether it is to fail rather than be served by another model than it asks for."""
        return self.forbids_downgrade or self._forbids(_FALLBACK)

    def _forbids(self, header: str) -> bool:
        return self.headers.get(header, "").strip().lower() == "never"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body is produced while it is read. Header names are in lower case.

    Reading `chunks` to the end is part of serving it: a stream is recorded there. So is calling `after`
    once the client has everything, for what it needn't wait for.
    """

    status: int
    headers: Mapping[str, str]
    chunks: Iterable[bytes]
    after: Callable[[], None] = lambda: None
