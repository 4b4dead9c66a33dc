"""What a call can fail with. None of it has the token in it."""

from __future__ import annotations

from typing import Final, NamedTuple


class FieldError(NamedTuple):
    """A field or parameter that was refused, such as `budgetAlertThresholds.0.percent`, and why."""

    field: str
    message: str


class TollgateError(Exception):
    """What every error of this package is."""


class Unreachable(TollgateError):
    """There was no whole answer: no connection, a timeout, or one that broke off.

    Whether a change was made, which was sent, is then unknown.
    """


class ApiError(TollgateError):
    """An answer that isn't what was asked for.

    `detail` says in a sentence what is wrong. If the answer has them, `request_id` is what the operator's
    logs have it by, `code` which error of self-service it is, `retry_after` the seconds until the next try.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        request_id: str | None = None,
        fields: list[FieldError] | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.request_id = request_id
        self.fields = fields or []
        self.code = code
        self.retry_after = retry_after


class Unauthorized(ApiError):
    """401: there is no valid token."""


class Forbidden(ApiError):
    """403: the token's role doesn't suffice, or the key may not do this."""


class NotFound(ApiError):
    """404: there is nothing by that id."""


class Conflict(ApiError):
    """409: a name is taken, or the state forbids the change."""


class RevisionChanged(ApiError):
    """412: it isn't at the revision that the call required."""


class Invalid(ApiError):
    """422: `fields` says which fields can't be taken, and why."""


BY_STATUS: Final[dict[int, type[ApiError]]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: RevisionChanged,
    422: Invalid,
}
