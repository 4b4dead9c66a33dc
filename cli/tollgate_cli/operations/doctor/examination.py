"""Carries out checks: one that can't be made keeps no other from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_cli.operations.aws_failures import NotAllowedError
from tollgate_cli.operations.doctor.check_results import Finding, Result, fail, not_checked
from tollgate_cli.output.failures import CommandError
from tollgate_client import ApiError, Forbidden, Unauthorized, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_cli.operations.doctor.check_results import Check


def carried_out(check: Check) -> Iterator[Finding]:
    """What the check finds, up to what keeps it from going on."""
    try:
        for result in check.run():
            yield Finding(check, result)
    except (CommandError, ApiError, Unreachable) as error:
        yield Finding(check, _kept_from_it(error))
    except (LookupError, TypeError, ValueError) as error:
        yield Finding(check, not_checked(f"the answer can't be read: {type(error).__name__} {error}"))


def _kept_from_it(error: Exception) -> Result:
    if isinstance(error, NotAllowedError):
        return not_checked(f"needs the permission {error.permission}" if error.permission else error.message)
    if isinstance(error, CommandError):
        return not_checked(error.message)
    if isinstance(error, Unauthorized):
        return not_checked("needs a token that the gateway takes", "tollgate login")
    if isinstance(error, Forbidden):
        return not_checked(f"needs another role: {error.detail}")
    if isinstance(error, ApiError):
        return fail(f"the admin API answers {error.status}: {error.detail}", "See the admin function's log.")
    return not_checked(str(error))
