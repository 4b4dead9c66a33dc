"""Whether there is a region and there are credentials to deploy with, before a build that takes minutes.

Run by itself, with sam's own Python: what boto3 finds there, sam finds, too.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

_CONFIG = Path(__file__).parents[2] / "samconfig.toml"


def missing(environment: str) -> str | None:
    """What a deployment of this part of samconfig.toml lacks, for people; None if it lacks nothing."""
    configured = tomllib.loads(_CONFIG.read_text())[environment]
    options = {
        name: value
        for command in ("global", "deploy")
        for name, value in configured.get(command, {}).get("parameters", {}).items()
    }
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


if __name__ == "__main__":
    sys.exit(missing(sys.argv[1]))
