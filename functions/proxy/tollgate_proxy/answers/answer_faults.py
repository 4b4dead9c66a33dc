"""What a provider's answer turns out to be, before any of it has gone to the client."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tollgate.pricing.usage import Usage
    from tollgate.refusals import RefusedError
    from tollgate_proxy.answers.metering import Meter
    from tollgate_proxy.upstream.provider_calls import Fault, UpstreamAnswer


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """What is wrong with an answer, so that another target is asked if there is one.

    `refused` is what the client is told if there is none; without it the answer passes as it is. `used` is
    what is charged then, None for nothing. It `was_worked_on` if that is charged also where another target
    serves in the end, which what is held must cover: `is_covered`. It `counts` against the target's health,
    and is `hopeless` where the target would only say it again. `too_long` says that the request is more than
    the model can read at once.
    """

    fault: Fault
    refused: RefusedError | None = None
    used: Usage | None = None
    was_worked_on: bool = False
    is_covered: bool = True
    counts: bool = True
    hopeless: bool = False
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer, of which nothing is lost that was read to judge it, and what is wrong with it, if anything.

    `meter` has read all of it already.
    """

    answer: UpstreamAnswer
    wrong: AnswerFault | None = None
    meter: Meter | None = None


def whole(answer: UpstreamAnswer, pieces: Sequence[bytes], error: Exception | None = None) -> UpstreamAnswer:
    """An answer of which `pieces` have been read, from its beginning on; `error` is how that ended."""

    def again() -> Iterator[bytes]:
        yield from pieces
        if error is not None:
            raise error
        yield from answer.chunks

    return replace(answer, chunks=again())
