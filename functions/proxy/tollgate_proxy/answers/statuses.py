"""What a provider's status means for who is asked next, and for what the client is told."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import provider_errors
from tollgate_proxy.answers.answer_faults import AnswerFault, JudgedAnswer, whole
from tollgate_proxy.upstream import retry_pauses
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamError

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.catalog.catalog import Provider
    from tollgate_proxy.answers.provider_errors import ProviderError
    from tollgate_proxy.upstream.provider_calls import UpstreamAnswer

_OK, _REDIRECTION, _CLIENT_ERROR, _SERVER_ERROR, _BEYOND = 200, 300, 400, 500, 600
_NOT_FOUND = 404
# What another provider might not answer: it is busy or broken, not the request wrong. 498 is Groq's, of a
# tier without room.
_BUSY = frozenset({408, 409, 425, 429, 498})
# Where a pause is asked for.
_PAUSING = frozenset({429, 503})
# The target doesn't serve this model, this path, or in this place. 424 is of those that it asks itself.
_ELSEWHERE = frozenset({403, _NOT_FOUND, 405, 410, 424, 451})


def judge(provider: Provider, answer: UpstreamAnswer, now: datetime) -> JudgedAnswer:
    """Judges an answer that is no success, by its status and by what it says."""
    if not _CLIENT_ERROR <= answer.status < _BEYOND:
        answer.close()
        return JudgedAnswer(whole(answer, [], _nothing()), _no_answer(provider, answer.status))
    pieces: list[bytes] = []
    error: UpstreamError | None = None
    try:
        pieces.extend(answer.chunks)
    except UpstreamError as broken:
        error = broken
    body = b"".join(pieces)
    told = provider_errors.read(body)
    pausing = _with_pause(whole(answer, pieces, error), body, now)
    return JudgedAnswer(pausing, _wrong(provider, answer.status, told))


def _with_pause(answer: UpstreamAnswer, body: bytes, now: datetime) -> UpstreamAnswer:
    """The answer with the header that tells clients how long to wait, where only its body does."""
    if answer.status not in _PAUSING or answer.retry_after(now) is not None:
        return answer
    seconds = retry_pauses.seconds_in_body(body)
    if seconds is None:
        return answer
    return replace(answer, headers={**answer.headers, "retry-after": str(math.ceil(seconds))})


def refused_account(provider: Provider) -> RefusedError:
    """For a provider that won't serve Tollgate. What it says isn't told: it may quote the key."""
    message = (
        f"The provider {provider.name} rejected Tollgate's credential or account. Your own API key is valid; "
        "ask your administrator to check the provider."
    )
    return RefusedError(Reason.PROVIDER_AUTHENTICATION, message)


def _wrong(provider: Provider, status: int, told: ProviderError) -> AnswerFault | None:
    """None if the request is wrong, as it would be everywhere."""
    if provider_errors.is_account(told, status, provider.vendor):
        refused = refused_account(provider)
        return AnswerFault(Fault.STATUS, refused, counts=_is_certain(status, told), hopeless=True)
    if status >= _SERVER_ERROR or status in _BUSY:
        return AnswerFault(Fault.STATUS)
    if provider_errors.is_too_long(told, status):
        return AnswerFault(Fault.STATUS, counts=False, hopeless=True, too_long=True)
    if status in _ELSEWHERE:
        counts = status == _NOT_FOUND and provider_errors.is_models(told)
        return AnswerFault(Fault.STATUS, counts=counts, hopeless=True)
    return None


def _is_certain(status: int, told: ProviderError) -> bool:
    """Whether it is no text alone that says so, which may quote the request."""
    return status in (401, 402, 403, 407, 429) or provider_errors.is_accounts_code(told)


def _no_answer(provider: Provider, status: int) -> AnswerFault:
    """A status that no provider's API answers with."""
    if _REDIRECTION <= status < _CLIENT_ERROR:
        message = (
            f"The provider {provider.name} returned a redirect ({status}), which Tollgate doesn't follow."
        )
    else:
        message = f"The provider {provider.name} returned the unexpected status {status}."
    return AnswerFault(Fault.STATUS, RefusedError(Reason.PROVIDER_UNAVAILABLE, message))


def _nothing() -> UpstreamError:
    refused = RefusedError(Reason.PROVIDER_UNAVAILABLE, "The provider's response was discarded.")
    return UpstreamError(refused, Fault.STATUS)
