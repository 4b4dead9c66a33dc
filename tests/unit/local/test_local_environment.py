from __future__ import annotations

from infra.local.environment import isolated


def test_an_aws_account_of_the_users_is_unknown_to_the_stack():
    environment = isolated(
        {
            "AWS_PROFILE": "production",
            "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_ENDPOINT_URL": "https://example.com",
            "HOME": "/home/u",
        }
    )
    assert environment["AWS_ACCESS_KEY_ID"] == "test"
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL"} & environment.keys()
    assert environment["HOME"] == "/home/u"


def test_the_loopback_is_reached_without_a_proxy():
    environment = isolated({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "internal.example"})
    assert environment["HTTPS_PROXY"] == "http://proxy:3128"
    assert environment["NO_PROXY"] == "internal.example,127.0.0.1,localhost"


def test_make_does_not_reach_into_the_builds_own_make():
    assert not {"MAKEFLAGS", "PORT"} & isolated({"MAKEFLAGS": " -- PORT=5566", "PORT": "5566"}).keys()
