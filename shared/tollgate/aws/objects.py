"""Objects of S3 that are put once.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire.errors import ServiceError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# There is one, or another is being written.
_EXISTS = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


def put_once(client: S3Client, bucket: str, key: str, body: bytes, **options: Any) -> bool:
    """Whether it was put: not if there was one. `options` are PutObject's."""
    try:
        client.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*", **options)
    except ServiceError as error:
        if error.code not in _EXISTS:
            raise
        return False
    return True
