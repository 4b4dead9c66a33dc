"""Where services are: as botocore resolves it, region by region."""

from __future__ import annotations

import itertools
from functools import cache

import boto3
import pytest
from botocore import loaders
from botocore.config import Config
from botocore.endpoint_provider import EndpointProvider

from aws_wire.endpoints import Origin, origin_of, region, service_origin
from aws_wire.errors import ConfigurationError

LOADER = loaders.create_loader()
REGIONS = [name for partition in LOADER.load_data("endpoints")["partitions"] for name in partition["regions"]]


@cache
def provider(service):
    rules = LOADER.load_service_model(service, "endpoint-rule-set-1")
    return EndpointProvider(rules, LOADER.load_data("partitions"))


def test_all_partitions_are_compared():
    prefixes = ("cn-", "us-gov-", "us-iso-", "us-isob-", "us-isof-", "eu-isoe-", "eusc-", "eu-", "us-")
    assert {prefix for prefix in prefixes if any(name.startswith(prefix) for name in REGIONS)} == set(
        prefixes
    )


@pytest.mark.parametrize("service", ["dynamodb", "ssm"])
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dual_stack", [False, True])
def test_each_regions_host_is_that_of_botocore(service, fips, dual_stack):
    differing = {}
    for name in REGIONS:
        expected = provider(service).resolve_endpoint(Region=name, UseFIPS=fips, UseDualStack=dual_stack).url
        environment = {
            "AWS_REGION": name,
            "AWS_USE_FIPS_ENDPOINT": str(fips).lower(),
            "AWS_USE_DUALSTACK_ENDPOINT": str(dual_stack).lower(),
        }
        found = service_origin(service, environment)
        if f"https://{found.host_header}" != expected or not found.tls:
            differing[name] = (found, expected)
    assert differing == {}


@pytest.mark.parametrize(
    ("own", "shared", "ignored"),
    [
        *itertools.product(
            [None, "http://127.0.0.1:1"], [None, "https://127.0.0.1:2"], [None, "true", "false"]
        )
    ],
)
def test_an_endpoint_is_set_by_the_variables_that_botocore_reads(monkeypatch, own, shared, ignored):
    given = {
        "AWS_ENDPOINT_URL_DYNAMODB": own,
        "AWS_ENDPOINT_URL": shared,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ignored,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    environment = {name: value for name, value in given.items() if value is not None}
    for name in given:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    expected = boto3.session.Session().client("dynamodb", config=Config()).meta.endpoint_url
    found = service_origin("dynamodb", environment)
    assert f"{'https' if found.tls else 'http'}://{found.host_header}" == expected


@pytest.mark.parametrize(
    ("url", "origin", "header"),
    [
        ("http://localhost:8000", Origin(False, "localhost", 8000), "localhost:8000"),
        ("http://localhost:80/", Origin(False, "localhost", 80), "localhost"),
        ("https://Example.com", Origin(True, "example.com", 443), "example.com"),
        ("https://example.com:80", Origin(True, "example.com", 80), "example.com:80"),
        ("http://[::1]:8000", Origin(False, "::1", 8000), "[::1]:8000"),
    ],
)
def test_a_url_says_whom_to_connect_to_and_by_which_name(url, origin, header):
    assert origin_of(url) == (origin, "/")
    assert origin.host_header == header


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8000", "ftp://example.com", "http://", "http://a:b", "http://a\r\nb", "http://[::1"],
)
def test_what_is_no_url_is_refused(url):
    with pytest.raises(ConfigurationError):
        origin_of(url)


def test_an_endpoint_with_a_path_is_refused():
    with pytest.raises(ConfigurationError):
        service_origin("dynamodb", {"AWS_ENDPOINT_URL": "http://localhost:1/path"})


@pytest.mark.parametrize("name", ["", "eu central", "evil.example.com/", "a\r\nb", "-a", "a" * 64])
def test_without_a_region_there_is_no_host(name):
    with pytest.raises(ConfigurationError):
        region({"AWS_REGION": name})
