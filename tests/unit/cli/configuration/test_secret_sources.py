"""Secrets come from where files say, and no error or representation has one."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from tollgate_cli.configuration.secret_sources import MissingSecretError, SecretSources


@pytest.fixture
def store(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield boto3.client("ssm")


@pytest.mark.parametrize("environment", [{}, {"KEY": ""}])
def test_a_variable_that_is_not_set_or_empty_is_named(environment):
    with pytest.raises(MissingSecretError, match="The environment variable KEY is not set"):
        SecretSources(environment).read({"env": "KEY"})


def test_a_variable_is_read_and_not_shown():
    sources = SecretSources({"KEY": "sk-secret"})
    assert sources.read({"env": "KEY"}) == "sk-secret"
    assert "sk-secret" not in repr(sources)


def test_parameters_are_read_decrypted_stored_encrypted_and_never_overwritten(store):
    sources = SecretSources({})
    assert not sources.is_stored("/a")
    sources.store("/a", "sk-secret")
    assert sources.is_stored("/a")
    assert sources.read({"ssm": "/a"}) == "sk-secret"
    assert store.describe_parameters()["Parameters"][0]["Type"] == "SecureString"
    with pytest.raises(
        MissingSecretError, match="The parameter /a can't be stored: ParameterAlreadyExists"
    ) as refused:
        sources.store("/a", "sk-another")
    assert "sk-" not in str(refused.value)
    assert sources.read({"ssm": "/a"}) == "sk-secret"


def test_a_parameter_that_there_is_not_is_named(store):
    with pytest.raises(MissingSecretError, match="There is no parameter /none in Parameter Store"):
        SecretSources({}).read({"ssm": "/none"})
