"""AWS's refusals, and what keeps it from being asked, in words and with the exit code that they mean."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tollgate_cli.output.failures import CommandError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_CREDENTIALS = (
    "There are no AWS credentials. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its like, "
    "name a profile with --aws-profile, or log in."
)
_NOT_ALLOWED = re.compile(r"AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized")
_NOT_SIGNED_IN = re.compile(
    r"Expired|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignature"
    r"|MissingAuthenticationToken|IncompleteSignature"
)
_THROTTLED = re.compile(
    r"Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded|SlowDown"
)
_NAMED_ACTION = re.compile(r"perform: ([a-z0-9-]+:[A-Za-z*]+)")


class NotAllowedError(CommandError):
    """AWS refuses these credentials a call. `permission` is the IAM action, where AWS names it."""

    def __init__(self, message: str, permission: str | None) -> None:
        super().__init__(message, ExitCode.NOT_SIGNED_IN)
        self.permission = permission


@contextmanager
def in_words(what_failed: str) -> Iterator[None]:
    """Turns what boto3 and the tables' stores raise into `CommandError`: "The stack x can't be read: ..."."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only with the extra `aws`

    from aws_wire.errors import ServiceError, WireError  # noqa: PLC0415 - with boto3 or not at all

    try:
        yield
    except ClientError as error:
        operation = f"{error.operation_name}"
        raise refused(what_failed, operation, error.response) from error
    except ServiceError as error:
        raise refused(what_failed, str(error).split(" ", 1)[0], error.response) from error
    except BotoCoreError as error:
        raise _not_asked(what_failed, error) from error
    except WireError as error:
        raise CommandError(f"{what_failed}: {error}", ExitCode.UNREACHABLE) from error


def refused(what_failed: str, operation: str, response: Any) -> CommandError:
    """`response` has the shape of botocore's `ClientError.response`."""
    code, said = str(response["Error"].get("Code", "")), str(response["Error"].get("Message", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
    message = f"{what_failed}: {said or code} ({operation})"
    if _NOT_SIGNED_IN.search(code):
        return CommandError(
            f"{what_failed}: AWS doesn't take the credentials: {said or code}", ExitCode.NOT_SIGNED_IN
        )
    if _NOT_ALLOWED.search(code):
        named = _NAMED_ACTION.search(said)
        return NotAllowedError(message, named[1] if named else None)
    if _THROTTLED.search(code):
        return CommandError(
            f"{what_failed}: AWS throttles {operation}. Try again in a moment.", ExitCode.UNREACHABLE
        )
    if "does not exist" in said or "NotFound" in code:
        return CommandError(message, ExitCode.NOT_FOUND)
    return CommandError(message, ExitCode.UNREACHABLE if status >= 500 else ExitCode.FAILED)


def _not_asked(what_failed: str, error: Exception) -> CommandError:
    from botocore import exceptions  # noqa: PLC0415 - only with the extra `aws`

    no_credentials = (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)
    signed_out = (
        exceptions.SSOError,
        exceptions.TokenRetrievalError,
        exceptions.CredentialRetrievalError,
    )
    if isinstance(error, no_credentials):
        return CommandError(_NO_CREDENTIALS, ExitCode.NOT_SIGNED_IN)
    if isinstance(error, signed_out):
        return CommandError(f"{what_failed}: {error}", ExitCode.NOT_SIGNED_IN)
    if isinstance(error, (exceptions.HTTPClientError, exceptions.ConnectionError)):
        return CommandError(f"{what_failed}: {error}", ExitCode.UNREACHABLE)
    return CommandError(f"{what_failed}: {error}", ExitCode.WRONG_USE)
