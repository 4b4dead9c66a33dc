"""DynamoDB's client."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from aws_wire.dynamodb.item_json import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aws_wire.errors import WireError
    from aws_wire.json_service import Exchange, JsonService

    Answer = dict[str, Any]


class PendingUpdates:
    """Updates that were sent, and whose answers are still to be read."""

    def __init__(self, service: JsonService, bodies: Iterable[bytes]) -> None:
        self._service = service
        self._exchanges: list[Exchange] = []
        # Unlike __del__, also before the garbage collector takes the connections' sockets.
        weakref.finalize(self, _abandon, self._exchanges)
        for body in bodies:
            self._exchanges.append(service.begin("UpdateItem", body))
        self._read = False

    def results(self) -> list[Answer | WireError]:
        """The answers in the order of the requests, an error in the place of one that failed. Waits for them,
        and sends again what has to be. Can be called once.
        """
        if self._read:
            raise RuntimeError("The answers have been read, or given up")
        self._read = True
        try:
            return self._service.gather(self._exchanges)
        finally:
            self.close()

    def close(self) -> None:
        """Gives up what has not been read: whether those updates are done remains unknown."""
        self._read = True
        _abandon(self._exchanges)


def _abandon(exchanges: Iterable[Exchange]) -> None:
    for exchange in exchanges:
        exchange.abandon()


class Client:
    """Requests and answers have the shapes of boto3's low-level client: attribute values as {"N": "1"},
    binary ones as bytes. For any number of threads.

    Every method raises WireError: ServiceError where DynamoDB has refused, ConnectionFailedError where it is
    unknown whether it did what it was asked. A request may be sent several times, also after DynamoDB has
    done it: each must be written so that it applies once. Answers say how often it was sent again in
    ["ResponseMetadata"]["RetryAttempts"], errors in `retried`.
    """

    def __init__(self, service: JsonService) -> None:
        self._service = service

    def update_item(self, **request: Any) -> Answer:
        return self._service.call("UpdateItem", encode(request))

    def put_item(self, **request: Any) -> Answer:
        return self._service.call("PutItem", encode(request))

    def get_item(self, **request: Any) -> Answer:
        return self._service.call("GetItem", encode(request))

    def batch_get_item(self, **request: Any) -> Answer:
        return self._service.call("BatchGetItem", encode(request))

    def query(self, **request: Any) -> Answer:
        return self._service.call("Query", encode(request))

    def delete_item(self, **request: Any) -> Answer:
        return self._service.call("DeleteItem", encode(request))

    def update_items(self, requests: Iterable[Mapping[str, Any]]) -> list[Answer | WireError]:
        """Several updates at once, each over a connection of its own: they take as long as the slowest. No
        update knows of another, and any of them may fail: its error is in its place.
        """
        return self.begin_update_items(requests).results()

    def begin_update_items(self, requests: Iterable[Mapping[str, Any]]) -> PendingUpdates:
        """`update_items` in two halves: what happens between them takes no time of its own. Raises TypeError,
        before anything is sent, of what can't be.
        """
        return PendingUpdates(self._service, [encode(dict(request)) for request in requests])

    def reset(self) -> None:
        """Closes connections and forgets credentials: to be called before a snapshot of the process and after
        each restore from it, and in a process that was forked.
        """
        self._service.reset()
