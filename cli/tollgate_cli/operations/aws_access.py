"""AWS as this machine's credentials may use it. boto3 is imported when a command asks for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tollgate_cli.operations import aws_failures
from tollgate_cli.output.failures import UsageError

if TYPE_CHECKING:
    import boto3

_MISSING = "This command asks AWS itself, which needs boto3. Install it with: uv tool install './cli[aws]'"
_NO_REGION = (
    "There is no AWS region. Name it with --region, AWS_REGION or AWS_DEFAULT_REGION, or in the profile."
)
_CONNECT_SECONDS = 5
_READ_SECONDS = 20


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """Clients of one account and region."""

    session: boto3.Session

    @property
    def region(self) -> str:
        name: str = self.session.region_name
        return name

    def client(self, service: str, read_seconds: int = _READ_SECONDS) -> Any:
        """One that tries again while AWS throttles, and gives up soon on an endpoint that isn't there.

        It waits `read_seconds` for an answer.
        """
        from botocore.config import Config  # noqa: PLC0415 - only with the extra `aws`

        with aws_failures.in_words(f"AWS can't be asked for {service}"):
            return self.session.client(
                service,  # type: ignore[call-overload]  # the stubs know each service by its name alone
                config=Config(
                    connect_timeout=_CONNECT_SECONDS,
                    read_timeout=read_seconds,
                    retries={"mode": "standard", "total_max_attempts": 4},
                ),
            )


def sign_in(profile: str | None, region: str | None) -> AwsAccess:
    """By a profile of AWS's own configuration or by the environment; raises `CommandError`.

    AWS_REGION counts as in AWS's other tools, which boto3 by itself doesn't know.
    """
    try:
        import boto3  # noqa: PLC0415 - only with the extra `aws`
    except ImportError:
        raise UsageError(_MISSING) from None
    with aws_failures.in_words("AWS can't be asked"):
        session = boto3.Session(
            profile_name=profile, region_name=region or os.environ.get("AWS_REGION") or None
        )
        if not session.region_name:
            raise UsageError(_NO_REGION)
    return AwsAccess(session)
