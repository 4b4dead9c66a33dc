"""What the deployment sets, read from the environment once."""

from __future__ import annotations

import os
from functools import cache

from tollgate.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    catalog_table: str
    otlp_parameter: str
    """The parameter in Parameter Store that says what is sent where."""
    headers_prefix: str
    """Before the names of the parameters that hold receivers' headers."""
    region: str
    stack_name: str | None
    """None outside of any, as where `sam local` invokes the function."""


@cache
def from_environment() -> Settings:
    return Settings(
        catalog_table=os.environ["CATALOG_TABLE"],
        otlp_parameter=os.environ["OTLP_PARAMETER"],
        headers_prefix=os.environ["OTLP_HEADERS_PREFIX"],
        region=os.environ["AWS_REGION"],
        stack_name=os.environ.get("STACK_NAME"),
    )
