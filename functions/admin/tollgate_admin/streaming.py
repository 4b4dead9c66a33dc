"""The admin API where answers are streamed, by a runtime that calls `stream`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate_admin.composition import composed
from tollgate_admin.handler import resolved
from tollgate_admin.web import browsers

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from tollgate_admin.composition import Composition


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body is produced while it is read."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterable[bytes]
    after: Callable[[], None] = lambda: None


def stream(event: dict[str, Any], context: LambdaContext) -> Answer:
    return streamed(event, context, composed())


def streamed(event: dict[str, Any], context: LambdaContext, composition: Composition) -> Answer:
    """The answer of a composition."""
    answer = browsers.answered(
        event, context, partial(resolved, composition=composition), composition.origins
    )
    body = answer["body"]
    return Answer(
        status=answer["statusCode"],
        headers={
            **{name: ", ".join(values) for name, values in answer.get("multiValueHeaders", {}).items()},
            **answer.get("headers", {}),
        },
        chunks=[body.encode()] if isinstance(body, str) else body,
    )
