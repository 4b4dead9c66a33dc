"""The proxy as it would be over boto3: the same gateway, put together with boto3's clients."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from tollgate_proxy import handler

if TYPE_CHECKING:
    from tollgate_proxy.gateway import Gateway
    from tollgate_proxy.settings import Settings

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 4},
    tcp_keepalive=True,
    parameter_validation=False,
)


@cache
def gateway(deployed: Settings) -> Gateway:
    client, parameters = boto3.client("dynamodb", config=_CONFIG), boto3.client("ssm", config=_CONFIG)
    return handler.composed(deployed, client, parameters)


handler.gateway = gateway
stream = handler.stream
