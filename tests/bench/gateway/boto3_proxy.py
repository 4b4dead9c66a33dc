"""The proxy as it would be over boto3: the same gateway, put together with boto3's clients."""

from __future__ import annotations

from functools import cache

from tollgate.aws import boto3_clients
from tollgate_proxy import handler

handler.client = cache(boto3_clients.dynamodb)
handler.parameters = cache(boto3_clients.ssm)
gateway, stream = handler.gateway, handler.stream
