"""Functions of a running stack, called as its schedules do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from infra.local.stack import Stack


def invoke(stack: Stack, function: str, task: str) -> None:
    """Has the function of that logical id do a task, such as `sweep`; fails if it does."""
    options: dict[str, Any] = {"endpoint_url": stack.aws_endpoint_url, "region_name": stack.region}
    listed = boto3.client("cloudformation", **options).get_paginator("list_stack_resources")
    resources = (
        each
        for page in listed.paginate(StackName=stack.stack_name)
        for each in page["StackResourceSummaries"]
    )
    (name,) = (each["PhysicalResourceId"] for each in resources if each["LogicalResourceId"] == function)
    answer = boto3.client("lambda", **options).invoke(FunctionName=name, Payload=json.dumps({"task": task}))
    assert "FunctionError" not in answer, answer["Payload"].read()
