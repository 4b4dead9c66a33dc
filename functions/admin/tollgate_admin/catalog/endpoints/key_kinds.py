"""What kind of key a provider takes by how it is asked, and where it may be asked so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tollgate.catalog import spoken_apis
from tollgate.catalog.auth import bedrock_hosts, google_hosts, key_documents
from tollgate.catalog.catalog import AuthHeader
from tollgate.catalog.provider_auth import ForeignHostError, UnusableKeyError
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tollgate.catalog.catalog import Provider

# What a header can have as a key.
_PLAIN = re.compile(r"[\x21-\x7e]+")
_NO_REGION = "local"


def given(provider: Provider, api_key: str, *, loopback_allowed: bool) -> str:
    """What is kept of a key that is given; raises `ProblemError` if it isn't of the kind that is taken."""
    kind = _kind(provider)
    if kind is not None and kind.key_is_document:
        try:
            key = key_documents.kept(kind, api_key)
        except UnusableKeyError as error:
            raise problems.invalid("apiKey", str(error)) from error
        if key_documents.is_of_role(key):
            _require_google(provider, loopback_allowed=loopback_allowed)
        return key
    if not _PLAIN.fullmatch(api_key):
        raise problems.invalid("apiKey", "must be printable ASCII without spaces")
    return api_key


def require_kind(before: Provider, after: Provider, stored: Callable[[], str | None]) -> None:
    """Raises `ProblemError` where the stored key would be taken for one of another kind."""
    kind = _kind(after)
    if kind is None or kind == _kind(before):
        return
    key = stored()
    if key is not None and not _is_of_kind(kind, key):
        message = f"is required again, because authHeader {after.auth_header} takes another kind of key"
        raise problems.invalid("apiKey", message)


def require_places(provider: Provider, *, loopback_allowed: bool) -> None:
    """Raises `ProblemError` where others than Amazon would be sent what proves who the gateway is."""
    local_region = (lambda: _NO_REGION) if loopback_allowed else None
    for auth_header, base_url in _places(provider):
        if not auth_header.is_of_role:
            continue
        try:
            bedrock_hosts.of_url(base_url, local_region)
        except ForeignHostError as error:
            message = f"must be a host of Amazon Bedrock where authHeader is {auth_header}"
            raise problems.invalid("baseUrl", message) from error


def _require_google(provider: Provider, *, loopback_allowed: bool) -> None:
    for _, base_url in _places(provider):
        try:
            google_hosts.require(base_url, loopback_allowed=loopback_allowed)
        except ForeignHostError as error:
            message = "must be a host of Google where the gateway's own role is the account"
            raise problems.invalid("baseUrl", message) from error


def _is_of_kind(kind: AuthHeader, key: str) -> bool:
    if not kind.key_is_document:
        return not key.startswith("{")
    try:
        return key_documents.kept(kind, key) == key
    except UnusableKeyError:
        return False


def _kind(provider: Provider) -> AuthHeader | None:
    """The way to be asked whose keys a provider's is one of: `authorization` for all that send it as it is.

    None if no key is needed. Raises `ProblemError` where one key would have to be of several kinds.
    """
    needed = {provider.auth_header, *(each.auth_header for each in spoken_apis.endpoints_of(provider))}
    kinds = {each if each.key_is_document else AuthHeader.AUTHORIZATION for each in needed if each.needs_key}
    if len(kinds) > 1:
        message = f"must not be {' and '.join(sorted(kinds))} at once: no key is good for both"
        raise problems.invalid("authHeader", message)
    return kinds.pop() if kinds else None


def _places(provider: Provider) -> Iterator[tuple[AuthHeader, str]]:
    yield provider.auth_header, provider.base_url
    for each in spoken_apis.endpoints_of(provider):
        yield each.auth_header, each.base_url
