"""Whose ID tokens are taken, and which role their claims give; from a parameter in Parameter Store.

A function's version can't be told values that are this long: its description, by which a changed one makes a
version, has 256 characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tollgate.admins.admins import Role
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

# By the member that has its claim's values.
_ROLES = {"owners": Role.OWNER, "operators": Role.OPERATOR, "viewers": Role.VIEWER}


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The issuer's URL, the client that its tokens must be for, and roles by what the claim says."""

    issuer: str
    client_id: str
    role_claim: str
    roles: tuple[tuple[str, Role], ...]

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest role that the claim gives: a list of values, or a single one.

        A text is one value, whatever is in it: who is in `External admins` isn't in `admins`.
        """
        values = _values(claims.get(self.role_claim))
        given = {role for value, role in self.roles if value in values}
        return next((role for role in reversed(Role) if role in given), None)


def read(client: SSMClient, name: str) -> OidcSettings | None:
    """None if nobody signs in by an issuer. Raises `ServiceError`, and `ValueError` for what is none."""
    return parsed(client.get_parameter(Name=name)["Parameter"]["Value"])


def parsed(text: str) -> OidcSettings | None:
    told: dict[str, str] = json.loads(text)
    if not told["issuer"]:
        return None
    return OidcSettings(
        issuer=told["issuer"],
        client_id=told["clientId"],
        role_claim=told["roleClaim"],
        roles=tuple((value, role) for member, role in _ROLES.items() for value in _listed(told[member])),
    )


def _listed(text: str) -> Iterable[str]:
    return filter(None, map(str.strip, text.split(",")))


def _values(claim: Any) -> set[str]:
    several = claim if isinstance(claim, list) else [claim]
    return {each for each in several if isinstance(each, str)}
