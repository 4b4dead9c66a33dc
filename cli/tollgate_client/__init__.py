"""A typed Python client of Tollgate's admin API and of self-service."""

from tollgate_client.api_errors import (
    ApiError,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    RevisionChanged,
    TollgateError,
    Unauthorized,
    Unreachable,
)
from tollgate_client.client_version import VERSION
from tollgate_client.clients import AdminClient, Client
from tollgate_client.paging import Page, pages
from tollgate_client.text_stream import TextStream

__all__ = [
    "VERSION",
    "AdminClient",
    "ApiError",
    "Client",
    "Conflict",
    "FieldError",
    "Forbidden",
    "Invalid",
    "NotFound",
    "Page",
    "RevisionChanged",
    "TextStream",
    "TollgateError",
    "Unauthorized",
    "Unreachable",
    "pages",
]
