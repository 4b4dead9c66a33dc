"""Keys of providers that are JSON documents: as their clouds hand them out, and what is kept of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tollgate.catalog.auth import rs256
from tollgate.catalog.catalog import AuthHeader
from tollgate.catalog.provider_auth import UnusableKeyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SERVICE_ACCOUNT, EXTERNAL_ACCOUNT = "service_account", "external_account"
# What a workload of AWS proves to Google's token service.
AWS_REQUEST = "urn:ietf:params:aws:token-type:aws4_request"
GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - a URL
GOOGLE_EXCHANGE_URL = "https://sts.googleapis.com/v1/token"
ENTRA_AUTHORITY = "https://login.microsoftonline.com"

_IMPERSONATION = "service_account_impersonation_url"
# How one begins that is kept of such an account.
_OF_ROLE = f'{{"type":"{EXTERNAL_ACCOUNT}"'
_MAX_CHARACTERS = 4096
_TOKEN_URL = re.compile(r"https://(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*(?::[0-9]+)?(?:/[!$&-;=?@A-Z_a-z~%]*)?")
# Of a local stack, where alone such URLs are asked.
_LOCAL_URL = "http://127.0.0.1:"
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


def kept(auth_header: AuthHeader, document: str) -> str:
    """What is stored of a key that is a document: the members that are needed, in one line.

    Raises `UnusableKeyError`, which says what is missing, and shows nothing of it.
    """
    read = _READERS[auth_header](_members(document))
    text = json.dumps(read, separators=(",", ":"))
    if len(text) > _MAX_CHARACTERS:
        raise UnusableKeyError("is too long")
    return text


def members(key: str) -> dict[str, Any]:
    """Those of a document as it is kept; raises `UnusableKeyError`."""
    return _members(key)


def is_of_role(key: str) -> bool:
    """Whether a document as it is kept says that the function's own role is the account."""
    return key.startswith(_OF_ROLE)


def _members(document: str) -> dict[str, Any]:
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UnusableKeyError("must be a JSON document")
    return found


def _google(found: Mapping[str, Any]) -> dict[str, Any]:
    match found.get("type"):
        case "service_account":
            return _service_account(found)
        case "external_account":
            return _external_account(found)
    raise UnusableKeyError(f"must be a document of type {SERVICE_ACCOUNT} or {EXTERNAL_ACCOUNT}")


def _service_account(found: Mapping[str, Any]) -> dict[str, Any]:
    """https://google.aip.dev/auth/4112"""
    pem = _text(found, "private_key")
    try:
        rs256.private_key(pem)
    except ValueError as error:
        raise UnusableKeyError(f"has a private_key that can't be used: {error}") from None
    return {
        "type": SERVICE_ACCOUNT,
        "client_email": _text(found, "client_email"),
        "private_key_id": _text(found, "private_key_id"),
        "private_key": pem,
        "token_uri": _url(found, "token_uri", GOOGLE_TOKEN_URL),
    }


def _external_account(found: Mapping[str, Any]) -> dict[str, Any]:
    """https://google.aip.dev/auth/4117"""
    if found.get("subject_token_type") != AWS_REQUEST:
        raise UnusableKeyError(f"must have the subject_token_type {AWS_REQUEST}")
    return {
        "type": EXTERNAL_ACCOUNT,
        "audience": _text(found, "audience"),
        "subject_token_type": AWS_REQUEST,
        "token_url": _url(found, "token_url", GOOGLE_EXCHANGE_URL),
        **({_IMPERSONATION: _url(found, _IMPERSONATION)} if found.get(_IMPERSONATION) else {}),
    }


def _entra(found: Mapping[str, Any]) -> dict[str, Any]:
    """As `az ad sp create-for-rbac --json-auth` prints it; `scope` may be added."""
    tenant = _text(found, "tenantId")
    if not _TENANT.fullmatch(tenant):
        raise UnusableKeyError("has a tenantId that is neither an id nor a domain")
    scope = found.get("scope")
    return {
        "tenantId": tenant,
        "clientId": _text(found, "clientId"),
        "clientSecret": _text(found, "clientSecret"),
        "activeDirectoryEndpointUrl": _url(found, "activeDirectoryEndpointUrl", ENTRA_AUTHORITY).rstrip("/"),
        **({"scope": _text(found, "scope")} if scope else {}),
    }


def _text(found: Mapping[str, Any], name: str) -> str:
    text = found.get(name)
    if not (isinstance(text, str) and text):
        raise UnusableKeyError(f"lacks {name}")
    return text


def _url(found: Mapping[str, Any], name: str, otherwise: str | None = None) -> str:
    """A token endpoint's, by the name of its host: an address could be one of the gateway's own network."""
    text = _text(found, name) if found.get(name) or otherwise is None else otherwise
    if not (_TOKEN_URL.fullmatch(text) or text.startswith(_LOCAL_URL)):
        raise UnusableKeyError(f"has a {name} that is no https URL of a host's name")
    return text


_READERS: Mapping[AuthHeader, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    AuthHeader.GOOGLE: _google,
    AuthHeader.ENTRA: _entra,
}
