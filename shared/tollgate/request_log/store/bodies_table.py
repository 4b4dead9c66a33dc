"""The bodies table: two items per request, because one item holds 400 KB."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from tollgate.aws.dynamodb import item, pages
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.lean_dataclass import dataclass
from tollgate.request_log.kept_bodies import MAX_BYTES, CapturedBody, KeptBodies

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Of each body, compressed.
_MAX_STORED = 256 * 1024
# What is compressed at a time of a body that doesn't fit.
_PIECE = 16 * 1024
_REQUEST, _RESPONSE = "request", "response"


@dataclass(frozen=True, slots=True)
class BodiesTable:
    client: DynamoDBClient
    table: str

    def keep(self, bodies: KeptBodies) -> None:
        """Keeps as much of each body as its bound allows."""
        for part, body in ((_REQUEST, bodies.request), (_RESPONSE, bodies.response)):
            stored = {
                "request_id": bodies.request_id,
                "part": part,
                "key_id": bodies.key_id,
                "body": _packed(body.content),
                "size": body.size,
                "kept_at": rfc3339(bodies.kept_at),
                "expires_at": int(bodies.expires_at.timestamp()),
            }
            self.client.put_item(TableName=self.table, Item=item(stored))

    def find(self, request_id: str, at: datetime) -> KeptBodies | None:
        """None unless both are there, and still to be: DynamoDB removes what has expired days later."""
        found = pages(
            self.client.query,
            TableName=self.table,
            KeyConditionExpression="request_id = :id",
            ExpressionAttributeValues=values({":id": request_id}),
            ConsistentRead=True,
        )
        parts = {part["part"]: part for part in found}
        if parts.keys() != {_REQUEST, _RESPONSE}:
            return None
        response = parts[_RESPONSE]
        expires_at = datetime.fromtimestamp(int(response["expires_at"]), UTC)
        if expires_at <= at:
            return None
        return KeptBodies(
            request_id=request_id,
            key_id=response["key_id"],
            request=_body(parts[_REQUEST]),
            response=_body(response),
            kept_at=from_rfc3339(response["kept_at"]),
            expires_at=expires_at,
        )


def _packed(content: bytes) -> bytes:
    """As much of the content's beginning as fits, compressed; whoever unpacks it must not ask for an end."""
    whole = zlib.compress(content)
    if len(whole) <= _MAX_STORED:
        return whole
    packer, packed = zlib.compressobj(), b""
    for start in range(0, len(content), _PIECE):
        piece = packer.compress(content[start : start + _PIECE]) + packer.flush(zlib.Z_SYNC_FLUSH)
        if len(packed) + len(piece) > _MAX_STORED:
            break
        packed += piece
    return packed


def _body(stored: dict[str, Any]) -> CapturedBody:
    content = zlib.decompressobj().decompress(stored["body"], MAX_BYTES)
    return CapturedBody(content, int(stored["size"]))
