"""boto3's clients, whose services' errors are those of the proxy's own: stores know one kind.

For whoever needs more of AWS than `aws_wire` speaks. The proxy never imports this: boto3 alone would take
half of a cold start.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config

from aws_wire.errors import ServiceError

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

    ClientT = TypeVar("ClientT", bound=BaseClient)

# A write that gets no answer is tried again: each one is idempotent by its request's id. A table in
# the same region answers in milliseconds, so a second without an answer is a lost connection.
_DYNAMODB = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 4},
    tcp_keepalive=True,
    parameter_validation=False,
)
# Parameter Store gives an account 40 parameters a second, which starting proxies may just be using up.
_SSM = Config(retries={"mode": "standard", "total_max_attempts": 8})
_S3 = Config(retries={"mode": "standard", "total_max_attempts": 4})
_FIRST_ERROR = 300
# For an answer that isn't whole: an error that botocore tries again.
_NOT_WHOLE_STATUS = 503
_NOT_WHOLE = b'{"__type": "RequestTimeout", "message": "The answer broke off, or is another than was sent."}'


def dynamodb(session: boto3.Session | None = None) -> DynamoDBClient:
    """Of boto3's default session, unless there is another."""
    made: DynamoDBClient = (session or boto3).client("dynamodb", config=_DYNAMODB)
    return raising_service_errors(made)


def s3() -> S3Client:
    return raising_service_errors(boto3.client("s3", config=_S3))


def ssm() -> SSMClient:
    return raising_service_errors(boto3.client("ssm", config=_SSM))


def raising_service_errors(client: ClientT) -> ClientT:
    """The client, which raises `ServiceError` where it would raise its own `ClientError`.

    botocore emits `after-call` when it has done with its retries, and before it raises an exception of its
    own: https://docs.aws.amazon.com/boto3/latest/guide/events.html
    """
    client.meta.events.register("before-parse.dynamodb", _refuse_part)
    client.meta.events.register("after-call", _raise_service_error)
    return client


def _refuse_part(response_dict: dict[str, Any], **_: Any) -> None:
    """Has an answer that isn't whole fail, and asked for again.

    botocore looks neither at its length nor at DynamoDB's checksum, and takes JSON that it can't read for an
    empty success: an item that is there would seem not to be. It emits `before-parse` for each answer.
    Those of other services to HEAD have a length and no body.
    """
    body, headers = response_dict["body"], response_dict["headers"]
    if response_dict["status_code"] >= _FIRST_ERROR or not isinstance(body, bytes):
        return
    length, checksum = headers.get("content-length"), headers.get("x-amz-crc32")
    is_cut = length is not None and int(length) != len(body)
    if is_cut or (checksum is not None and int(checksum) != zlib.crc32(body)):
        response_dict["status_code"], response_dict["body"] = _NOT_WHOLE_STATUS, _NOT_WHOLE


def _raise_service_error(http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
    status = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", http_response.status_code)
    if status >= _FIRST_ERROR:
        # A service that is out of order may answer with no more than a status.
        said = {"Code": str(status), "Message": ""}
        raise ServiceError(model.name, {**parsed, "Error": {**said, **parsed.get("Error", {})}})
