"""HTTP as the gateway sees it, apart from how it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog.catalog import ProviderType
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

_MESSAGES = "/v1/messages"


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
