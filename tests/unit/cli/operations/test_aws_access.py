"""What keeps commands from asking AWS is said in a sentence, with its exit code, before anything is asked."""

from __future__ import annotations

import subprocess
import sys

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
)

from aws_wire.errors import ServiceError
from infra.local.environment import ROOT
from tests.support.cli_runner import run
from tollgate_cli.operations import aws_access, aws_failures
from tollgate_cli.operations.aws_failures import NotAllowedError
from tollgate_cli.output.failures import CommandError

COMMANDS = [
    ["ledger", "check", "--stack", "s"],
    ["ledger", "sweep", "--stack", "s"],
    ["ledger", "repair", "key_1", "--stack", "s"],
    ["costs", "check", "--stack", "s", "--from", "2026-11-01", "--to", "2026-11-02"],
    ["costs", "replay", "--stack", "s", "--from", "2026-11-01", "--to", "2026-11-02"],
    ["doctor", "--stack", "s"],
    ["recovery", "plan", "--stack", "s"],
    ["archive", "status", "--stack", "s"],
]


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch, tmp_path):
    """No files of this machine's AWS configuration, and no environment."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_a_region_nothing_is_asked(command):
    ran = run(*command)
    assert (ran.code, ran.stdout) == (2, "")
    assert "There is no AWS region." in ran.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_credentials_nothing_is_asked(command):
    ran = run(*command, "--region", "eu-central-1")
    assert (ran.code, ran.stdout) == (3, "")
    assert "There are no AWS credentials." in ran.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_profile_that_there_is_not(command):
    ran = run(*command, "--aws-profile", "nix")
    assert (ran.code, ran.stdout) == (2, "")
    assert "nix" in ran.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_boto3_it_is_said_how_to_install_it(command):
    """As the command line is where it was installed without the extra."""
    program = (
        "import sys; sys.modules['boto3'] = sys.modules['botocore'] = None; "
        f"from tollgate_cli.program import run; sys.exit(run({command!r}))"
    )
    paths = ":".join(str(ROOT / name) for name in ("cli", "shared"))
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": paths, "TOLLGATE_URL": "https://gateway.example.com"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "uv tool install './cli[aws]'" in done.stderr


@pytest.mark.parametrize(
    ("variables", "options", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, None, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, None, "eu-west-2"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, None, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1"}, "eu-west-3", "eu-west-3"),
    ],
)
def test_where_the_region_comes_from(monkeypatch, variables, options, region):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert aws_access.sign_in(None, options).region == region


def refusal(code: str, message: str = "no", status: int = 400) -> ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "DoThis")  # type: ignore[arg-type]  # the stubs want all metadata


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (NoCredentialsError(), 3),
        (CredentialRetrievalError(provider="sso", error_msg="expired"), 3),
        (EndpointConnectionError(endpoint_url="https://example.com"), 6),
        (ConnectTimeoutError(endpoint_url="https://example.com"), 6),
        (refusal("ExpiredToken"), 3),
        (refusal("UnrecognizedClientException"), 3),
        (refusal("AccessDeniedException"), 3),
        (refusal("ResourceNotFoundException"), 4),
        (refusal("ThrottlingException"), 6),
        (refusal("InternalError", status=500), 6),
        (refusal("ValidationException"), 1),
        (ServiceError("Query", dict(refusal("ResourceNotFoundException").response)), 4),
    ],
)
def test_each_failure_has_its_exit_code(error, exit_code):
    with pytest.raises(CommandError) as told, aws_failures.in_words("It can't be read"):
        raise error
    assert told.value.exit_code == exit_code
    assert "\n" not in told.value.message


def test_a_permission_that_aws_names_is_kept():
    said = "User: arn:aws:iam::1:user/x is not authorized to perform: sqs:GetQueueAttributes on resource: q"
    with pytest.raises(NotAllowedError) as told, aws_failures.in_words("It can't be read"):
        raise refusal("AccessDenied", said)
    assert told.value.permission == "sqs:GetQueueAttributes"


def test_other_faults_are_not_hidden():
    with pytest.raises(KeyError), aws_failures.in_words("It can't be read"):
        raise KeyError("a fault of ours")
