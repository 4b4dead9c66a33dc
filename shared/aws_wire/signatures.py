"""Signature Version 4, for requests that differ in their operation and body alone.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import time

from aws_wire.errors import CredentialsError

_ALGORITHM = "AWS4-HMAC-SHA256"
# Copies of what is set up already cost OpenSSL half of what new ones do, above all after a wait.
_SHA256 = hashlib.sha256()


class Credentials:
    """What requests are signed with. `token` is of a session. Raises CredentialsError."""

    __slots__ = ("access_key_id", "secret_access_key", "token")

    def __init__(self, access_key_id: str, secret_access_key: str, token: str | None = None) -> None:
        for each in (access_key_id, secret_access_key, token or "-"):
            # They become parts of a header, and of its lines.
            if not each or not each.isascii() or not each.isprintable() or " " in each:
                raise CredentialsError("Credentials are empty, or have characters that none have")
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.token = token

    def __repr__(self) -> str:
        return "Credentials(...)"


class _OperationHead:
    """What comes before what each request adds. No named tuple, which would show the token."""

    __slots__ = ("canonical", "http")

    def __init__(self, canonical: str, http: str) -> None:
        self.canonical = canonical
        self.http = http


class _Day:
    """What all requests of one day, signed with the same credentials, have in common."""

    __slots__ = ("credentials", "date", "mac", "scope")

    def __init__(self, date: str, credentials: Credentials, scope: str, key: bytes) -> None:
        self.date = date
        self.credentials = credentials
        self.scope = scope
        self.mac = hmac.new(key, digestmod="sha256")


class _Second:
    """What all requests of one second, signed with the same credentials, have in common."""

    __slots__ = ("authorization", "credentials", "heads", "mac", "number", "stamp", "to_sign")

    def __init__(self, number: int, credentials: Credentials, day: _Day, stamp: str) -> None:
        signed = "content-type;host;x-amz-date;x-amz-target"
        if credentials.token:
            signed = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
        self.number = number
        self.credentials = credentials
        self.mac = day.mac
        self.stamp = stamp
        self.to_sign = f"{_ALGORITHM}\n{stamp}\n{day.scope}\n"
        self.authorization = (
            f"Authorization: {_ALGORITHM} Credential={credentials.access_key_id}/{day.scope}, "
            f"SignedHeaders={signed}, Signature="
        )
        self.heads: dict[str, _OperationHead] = {}


class Signer:
    """Makes heads of POST requests to the root of one host. For any number of threads."""

    def __init__(self, service: str, region: str, host: str, content_type: str, target_prefix: str) -> None:
        self._service = service
        self._region = region
        self._host = host
        self._content_type = content_type
        self._target_prefix = target_prefix
        self._day: _Day | None = None
        self._second: _Second | None = None

    def head(self, operation: str, body: bytes, credentials: Credentials, now: float) -> bytes:
        """The request up to its body, signed at `now`, in seconds since the epoch."""
        second = self._second
        if second is None or second.number != int(now) or second.credentials is not credentials:
            second = self._begin_second(int(now), credentials)
        operation_head = second.heads.get(operation) or self._operation_head(second, operation)
        canonical = operation_head.canonical + _digest(body)
        mac = second.mac.copy()
        mac.update((second.to_sign + _digest(canonical.encode())).encode())
        return f"{operation_head.http}{mac.hexdigest()}\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def forget(self) -> None:
        self._day = self._second = None

    def _begin_second(self, number: int, credentials: Credentials) -> _Second:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(number))
        day = self._day
        if day is None or day.date != stamp[:8] or day.credentials is not credentials:
            day = self._day = self._begin_day(stamp[:8], credentials)
        second = self._second = _Second(number, credentials, day, stamp)
        return second

    def _begin_day(self, date: str, credentials: Credentials) -> _Day:
        scope = scope_of(date, self._region, self._service)
        return _Day(date, credentials, scope, signing_key(credentials, scope))

    def _operation_head(self, second: _Second, operation: str) -> _OperationHead:
        target = f"{self._target_prefix}.{operation}"
        token, security, security_header = second.credentials.token, "", ""
        names = "content-type;host;x-amz-date;x-amz-target"
        if token:
            security = f"x-amz-security-token:{token}\n"
            security_header = f"X-Amz-Security-Token: {token}\r\n"
            names = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
        head = second.heads[operation] = _OperationHead(
            f"POST\n/\n\ncontent-type:{self._content_type}\nhost:{self._host}\nx-amz-date:{second.stamp}\n"
            f"{security}x-amz-target:{target}\n\n{names}\n",
            f"POST / HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: {self._content_type}\r\n"
            f"X-Amz-Date: {second.stamp}\r\n{security_header}X-Amz-Target: {target}\r\n"
            f"Accept-Encoding: identity\r\nUser-Agent: aws-wire\r\n{second.authorization}",
        )
        return head


def scope_of(date: str, region: str, service: str) -> str:
    """What a signature is good for: a day (`20261129`), a region and a service there."""
    return f"{date}/{region}/{service}/aws4_request"


def signing_key(credentials: Credentials, scope: str) -> bytes:
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _digest(content: bytes) -> str:
    digest = _SHA256.copy()
    digest.update(content)
    return digest.hexdigest()
