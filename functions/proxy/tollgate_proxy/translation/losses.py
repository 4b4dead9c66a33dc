"""What of a request or an answer another API can't carry: named to the client, or refused."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Loss:
    """What becomes of something that can't be carried, and `why` it can't, as a clause ("… can't …").

    What changes what the client gets is `refused`; what it can do without is left out, and named. Readers
    know members by the client's names. Writers know parts of a conversation (`output`, `verbosity`), which
    have the name `member` in the client's API, if that is another one.
    """

    why: str
    refused: bool = False
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Losses:
    """Those of one request, by a pair's table. With `strict`, nothing is left out: all of it is refused.

    A name is a member's path, as a client writes it (`logit_bias`, `tools[].cache_control`); what is in no
    table, since nobody has known it, is left out.
    """

    table: Mapping[str, Loss]
    strict: bool = False
    dropped: list[str] = field(default_factory=list)

    def lose(self, name: str, param: str | None = None) -> None:
        """Leaves out what has that name in the table; raises `RefusedError` where it must not be left out.

        `param` is the member that the client is told of, if that is another one.
        """
        loss = self.table.get(name)
        if loss is not None and loss.member is not None:
            name = loss.member
        if self.strict or (loss is not None and loss.refused):
            why = "has no equivalent in the API of the model's provider" if loss is None else loss.why
            message = f"`{param or name}` {why}."
            raise RefusedError(Reason.UNTRANSLATABLE, message, param=param or name)
        if name not in self.dropped:
            self.dropped.append(name)
