"""Whether there is what a deployment needs, and data that it can read, before a build that takes minutes.

Run by itself, with sam's own Python: what boto3 finds there, sam finds, too.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.data_versions.data_versions import DATA_VERSION

_CONFIG = Path(__file__).parents[2] / "samconfig.toml"


def missing(environment: str) -> str | None:
    """What a deployment of this part of samconfig.toml lacks, for people; None if it lacks nothing."""
    options = _options(environment)
    try:
        session = boto3.Session(profile_name=options.get("profile"), region_name=options.get("region"))
        region, credentials = session.region_name, session.get_credentials()
    except BotoCoreError as error:
        return f"AWS can't be asked: {error}"
    if not region:
        return "There is no AWS region: set AWS_REGION or AWS_DEFAULT_REGION, or choose it in your profile."
    if credentials is None:
        return "There are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its like, or log in."
    return None


def unreadable(environment: str) -> str | None:
    """What is wrong with deploying this tree on the data of the stack, if it is there and can be asked."""
    options = _options(environment)
    stack_name = options["stack_name"]
    try:
        session = boto3.Session(profile_name=options.get("profile"), region_name=options.get("region"))
        (stack,) = session.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        if "CatalogTable" not in outputs:
            return None  # older than versions of data
        answer = session.client("dynamodb").get_item(
            TableName=outputs["CatalogTable"], Key={"kind": {"S": "data"}, "id": {"S": "version"}}
        )
    except (BotoCoreError, ClientError) as error:
        print(f"Which version the stack's data are of can't be checked: {error}", file=sys.stderr)
        return None
    reader = int(answer["Item"]["reader"]["N"]) if "Item" in answer else DATA_VERSION
    if reader <= DATA_VERSION:
        return None
    return (
        f"The data of {stack_name} need code of data version {reader} at least, and this commit has "
        f"{DATA_VERSION}: its calls would fail. Deploy a later commit (docs/upgrades.md)."
    )


def _options(environment: str) -> dict[str, str]:
    configured = tomllib.loads(_CONFIG.read_text())[environment]
    return {
        name: value
        for command in ("global", "deploy")
        for name, value in configured.get(command, {}).get("parameters", {}).items()
    }


if __name__ == "__main__":
    sys.exit(missing(sys.argv[1]) or unreadable(sys.argv[1]))
