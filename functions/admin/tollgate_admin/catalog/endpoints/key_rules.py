"""When a provider must be given a key: where it is asked with one, and before another host gets to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tollgate.catalog import spoken_apis
from tollgate.catalog.catalog import AuthHeader
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Provider

_Origin = tuple[str, str | None, int | None]


def require_key_as_asked_for(provider: Provider, api_key: str) -> None:
    """Raises `ProblemError` unless the provider has a key, or is given one, exactly if it is asked with one.

    Others' edits meanwhile can't undo it: a provider's key may be replaced, never taken away.
    """
    if not _needs_key(provider):
        if api_key:
            raise problems.invalid("apiKey", f"must not be set while authHeader is {provider.auth_header}")
    elif not api_key and not provider.credential_version:
        without = " or ".join(each for each in AuthHeader if not each.needs_key)
        raise problems.invalid("apiKey", f"is required unless authHeader is {without}")


def require_key_of_its_hosts(before: Provider, after: Provider, api_key: str) -> None:
    """Raises `ProblemError` where a stored key would go to another host than those that it was given for.

    Each edit without the key leaves as many hosts that may get it, or fewer. So none gets it in the end that
    didn't when the key was given, whatever the edits between, and whoever made them.
    """
    if not before.credential_version or api_key:
        return
    if _origin(after.base_url) != _origin(before.base_url):
        raise problems.invalid(
            "apiKey", "is required again, because baseUrl has another scheme, host or port"
        )
    if not _hosts_of_key(after) <= _hosts_of_key(before):
        raise problems.invalid(
            "apiKey", "is required again, because it would be sent to another scheme, host or port"
        )


def _needs_key(provider: Provider) -> bool:
    headers = {provider.auth_header, *(each.auth_header for each in spoken_apis.endpoints_of(provider))}
    return any(each.needs_key for each in headers)


def _hosts_of_key(provider: Provider) -> set[_Origin]:
    """Where the key goes. Without stated APIs that is one host, whether it takes a key just now or not."""
    if provider.apis is None:
        return {_origin(provider.base_url)}
    keyed = {_origin(each.base_url) for each in provider.apis if each.auth_header.needs_key}
    return keyed | ({_origin(provider.base_url)} if provider.auth_header.needs_key else set())


def _origin(base_url: str) -> _Origin:
    url = urlsplit(base_url)
    return url.scheme, url.hostname, url.port or {"https": 443, "http": 80}.get(url.scheme)
