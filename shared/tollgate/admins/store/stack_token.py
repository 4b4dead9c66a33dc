"""The admin token, generated at deployment and held in Secrets Manager."""

from __future__ import annotations

import boto3


def read(secret_id: str) -> str:
    answer = boto3.client("secretsmanager").get_secret_value(SecretId=secret_id)
    return answer["SecretString"]
