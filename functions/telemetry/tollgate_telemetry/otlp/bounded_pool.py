"""Connections on which an answer's head must be there in time.

A read's timeout begins anew with each byte, and with each interim answer (status 100): whoever sends one now
and then would be waited for until the function is stopped, with all records behind.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Timer
from typing import TYPE_CHECKING, Final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

HEAD_SECONDS: Final = 25.0


class _BoundedConnection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3's own has it
        """After the time the socket ends, which is an answer that breaks off."""
        timer = Timer(HEAD_SECONDS, self._end)
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse()
        finally:
            timer.cancel()

    def _end(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _BoundedTlsConnection(_BoundedConnection, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _BoundedConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _BoundedTlsConnection


def bounded_pool() -> urllib3.PoolManager:
    """Of a connection to each of two hosts."""
    pool = urllib3.PoolManager(num_pools=2, maxsize=1)
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return pool
