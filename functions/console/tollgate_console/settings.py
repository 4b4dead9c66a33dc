"""What the deployment sets, read from the environment once."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    oidc_parameter: str
    """The parameter in Parameter Store that says at which issuer viewers sign in."""


def of_aws() -> Mapping[str, str]:
    """AWS's own variables, which clients read when they need them: Lambda renews what they sign with."""
    return os.environ


@cache
def from_environment() -> Settings:
    return Settings(oidc_parameter=os.environ["OIDC_PARAMETER"])
