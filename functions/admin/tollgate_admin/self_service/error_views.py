"""Errors as OpenAI's API has them, as `tollgate.refusal_http` writes them: for the document."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from tollgate_admin.web.wire_types import View


class ErrorBody(View):
    """`code` says which error it is, `param` which field or parameter is wrong, if one is.

    `details` say which budget refuses, and how it stands. Other errors have none.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    message: str
    type: str
    code: str
    param: str | None
    details: dict[str, Any] = Field(default_factory=dict)


class ErrorView(View):
    """An error in the shape that OpenAI's SDKs know."""

    error: ErrorBody
