"""Where a provider may be: not where only the gateway itself can reach."""

from __future__ import annotations

import pytest

from tollgate.catalog.base_urls import as_written, completed, completed_for
from tollgate.catalog.catalog import ProviderApi, ProviderType
from tollgate_admin.catalog.provider_urls import checked
from tollgate_admin.web.problems import ProblemError
from tollgate_proxy.apis.registry import APIS

FORM = "must have a host in standard notation, and no user, query, fragment or space"


def refusal(text, *, loopback_allowed=False):
    with pytest.raises(ProblemError) as refused:
        checked(text, loopback_allowed=loopback_allowed)
    assert refused.value.status == 422
    ((field, message),) = refused.value.errors
    assert field == "baseUrl"
    return message


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("https://api.openai.com///", "https://api.openai.com"),
        ("https://example.com:8443/openai/v1", "https://example.com:8443/openai/v1"),
        ("HTTPS://API.Example.com/v1", "HTTPS://API.Example.com/v1"),
        ("https://localhost.example.com", "https://localhost.example.com"),
        ("https://my-localhost", "https://my-localhost"),
        # A provider in the same private network is one that its owner means to reach.
        ("https://10.0.0.5/v1", "https://10.0.0.5/v1"),
        ("https://192.168.1.5", "https://192.168.1.5"),
        ("https://8.8.8.8", "https://8.8.8.8"),
        ("https://[2001:db8::1]/v1", "https://[2001:db8::1]/v1"),
        ("https://[fd00::1]:8443/v1", "https://[fd00::1]:8443/v1"),
    ],
)
@pytest.mark.parametrize("loopback_allowed", [False, True])
def test_a_provider_elsewhere_is_taken_without_a_slash_at_the_end(text, stored, loopback_allowed):
    assert checked(text, loopback_allowed=loopback_allowed) == stored


LOOPBACK = [
    "http://localhost:4567/v1",
    "http://LOCALHOST/v1",
    "https://localhost/v1",
    "http://provider.localhost/v1",
    "http://127.0.0.1:4567/v1",
    "http://127.255.255.254",
    "http://[::1]:4567/v1",
    "https://[0:0:0:0:0:0:0:1]/",
]


@pytest.mark.parametrize("text", LOOPBACK)
def test_a_local_stack_may_have_providers_of_its_own_machine(text):
    assert checked(text, loopback_allowed=True) == text.rstrip("/")


@pytest.mark.parametrize("text", ["ftp://localhost/v1", "//127.0.0.1/v1", "file://[::1]/v1"])
def test_a_local_stack_has_its_providers_behind_http_alone(text):
    assert refusal(text, loopback_allowed=True) == "must begin with https://"


OWN = [
    "https://169.254.169.254/latest/meta-data",
    "https://169.254.170.2/",
    "https://[fe80::1]/v1",
    "https://[fe80::1%25eth0]/v1",
    "https://0.0.0.0/v1",
    "https://[::]/v1",
    "https://224.0.0.1/v1",
    "https://[ff02::1]/v1",
]


@pytest.mark.parametrize("text", [*LOOPBACK, *OWN])
def test_the_functions_own_machine_and_link_are_out_of_bounds(text):
    assert refusal(text) == "must not be an address of the gateway's own machine or network link"


@pytest.mark.parametrize("text", OWN)
def test_a_local_stack_may_have_no_providers_on_its_link_either(text):
    assert (
        refusal(text, loopback_allowed=True)
        == "must not be an address of the gateway's own machine or network link"
    )


@pytest.mark.parametrize(
    "text",
    [
        "http://api.openai.com/v1",
        "http://10.0.0.5/v1",
        "http://localhost.example.com/v1",
        "ftp://example.com",
        "//example.com/v1",
        "file://example.com/etc/passwd",
    ],
)
@pytest.mark.parametrize("loopback_allowed", [False, True])
def test_only_https_is_taken(text, loopback_allowed):
    assert refusal(text, loopback_allowed=loopback_allowed) == "must begin with https://"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "https://",
        "https:///v1",
        "https:example.com",
        "example.com/v1",
        "file:///etc/passwd",
        "https://user@example.com/v1",
        "https://user:password@example.com/v1",
        "https://api.example.com@127.0.0.1/v1",
        "https://example.com/v1?api-version=1",
        "https://example.com/v1#fragment",
        "https://?x=1",
    ],
)
def test_a_base_url_is_a_host_and_a_path_alone(text):
    assert refusal(text) == FORM


@pytest.mark.parametrize(
    "text",
    ["https://[::1", "https://[fe80::zz]/v1", "https://example.com:port/v1", "https://example.com:65536"],
)
def test_what_is_no_url_is_refused(text):
    assert refusal(text) == "is not a valid URL"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("https://127.1/v1", id="a shortened address"),
        pytest.param("https://2130706433/v1", id="127.0.0.1 as one number"),
        pytest.param("https://0x7f000001/v1", id="127.0.0.1 in hexadecimal"),
        pytest.param("https://2852039166/latest/meta-data", id="169.254.169.254 as one number"),
        pytest.param("https://0/v1", id="0.0.0.0 as one number"),
        pytest.param("https://localhost./v1", id="a name that ends with the root's dot"),
        pytest.param("https://127.0.0.1\\.example.com/v1", id="a backslash, where urllib3 ends the host"),
    ],
)
def test_another_notation_of_its_own_address_is_out_of_bounds_too(text):
    assert refusal(text) == FORM


@pytest.mark.parametrize(
    "text",
    [
        "https://[::ffff:127.0.0.1]/v1",
        "https://[::ffff:a9fe:a9fe]/v1",
        pytest.param("https://[64:ff9b::a9fe:a9fe]/v1", id="169.254.169.254 behind a NAT64"),
        pytest.param("https://[2002:7f00:1::]/v1", id="127.0.0.1 by 6to4"),
    ],
)
def test_its_own_address_inside_another_one_is_out_of_bounds_too(text):
    assert refusal(text) == "must not be an address of the gateway's own machine or network link"


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/v1?",
        "https://example.com/v1#",
        "https://@example.com/v1",
        "https://:password@example.com/v1",
    ],
)
def test_an_empty_user_query_or_fragment_is_one(text):
    """A path is appended to what is stored: behind a question mark it would be a query."""
    refusal(text)


@pytest.mark.parametrize(
    "text",
    [" https://example.com", "https://example.com/v1 ", "https://exa\nmple.com", "https://exam ple.com"],
)
def test_a_base_url_holds_no_space(text):
    refusal(text)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("https://api.anthropic.com", "https://api.anthropic.com/v1"),
        ("https://api.anthropic.com/v1", "https://api.anthropic.com/v1"),
        ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1"),
        ("https://api.anthropic.com/v1//messages", "https://api.anthropic.com/v1"),
        ("https://api.anthropic.com/v1/messages/count_tokens", "https://api.anthropic.com/v1"),
        ("https://api.deepseek.com/anthropic", "https://api.deepseek.com/anthropic/v1"),
        ("https://team.services.ai.azure.com/anthropic", "https://team.services.ai.azure.com/anthropic/v1"),
        # A version that is another's, and ones that are later.
        ("https://gateway.example.com/v1/team/anthropic", "https://gateway.example.com/v1/team/anthropic/v1"),
        ("https://api.example.com/v2", "https://api.example.com/v2"),
        ("https://api.example.com/v1beta", "https://api.example.com/v1beta"),
        ("https://api.example.com/venice", "https://api.example.com/venice/v1"),
        ("http://127.0.0.1:4567", "http://127.0.0.1:4567/v1"),
        ("https://api.deepseek.com", "https://api.deepseek.com/anthropic/v1"),
        ("https://openrouter.ai", "https://openrouter.ai/api/v1"),
        ("https://openrouter.ai/api", "https://openrouter.ai/api/v1"),
    ],
)
def test_an_anthropic_providers_base_url_is_taken_with_and_without_a_version(given, stored):
    assert completed(given, ProviderType.ANTHROPIC) == stored
    assert completed(stored, ProviderType.ANTHROPIC) == stored


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://API.OpenAI.com/v1", "https://API.OpenAI.com/v1"),
        ("https://eu.api.openai.com", "https://eu.api.openai.com/v1"),
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/responses", "https://api.openai.com/v1"),
        ("https://api.groq.com", "https://api.groq.com/openai/v1"),
        ("https://openrouter.ai", "https://openrouter.ai/api/v1"),
        ("https://team.openai.azure.com", "https://team.openai.azure.com/openai/v1"),
        (
            "https://generativelanguage.googleapis.com",
            "https://generativelanguage.googleapis.com/v1beta/openai",
        ),
        ("https://bedrock-mantle.us-east-1.api.aws", "https://bedrock-mantle.us-east-1.api.aws/v1"),
        # Served without a version.
        ("https://api.deepseek.com", "https://api.deepseek.com"),
        ("https://api.perplexity.ai", "https://api.perplexity.ai"),
        # What nobody knows has the version that nearly all have.
        ("https://models.example.com", "https://models.example.com/v1"),
        ("https://models.example.com/v1/images/edits", "https://models.example.com/v1"),
        ("https://models.example.com/team", "https://models.example.com/team"),
        # But for a vendor's host that serves other things.
        ("https://us-central1-aiplatform.googleapis.com",) * 2,
        ("https://generativelanguage.googleapis.com/v1beta/openai",) * 2,
        ("https://api.openai.com/another", "https://api.openai.com/another"),
    ],
)
def test_an_openai_providers_base_url_is_completed_where_its_host_is_known(given, stored):
    assert completed(given, ProviderType.OPENAI) == stored
    assert completed(stored, ProviderType.OPENAI) == stored


def test_a_route_behind_a_host_says_that_there_is_no_version():
    given = "https://models.example.com/chat/completions"
    stored = completed(given, ProviderType.OPENAI)
    assert stored == "https://models.example.com"
    assert as_written(stored, ProviderType.OPENAI) == given
    for url in ("https://models.example.com/v1", "https://api.deepseek.com"):
        assert as_written(url, ProviderType.OPENAI) == url


@pytest.mark.parametrize(
    ("api", "given", "stored"),
    [
        (ProviderApi.MESSAGES, "https://gpu.example.com", "https://gpu.example.com/v1"),
        (ProviderApi.MESSAGES, "https://gpu.example.com/v1/messages", "https://gpu.example.com/v1"),
        (ProviderApi.CHAT, "https://gpu.example.com", "https://gpu.example.com/v1"),
        (ProviderApi.RESPONSES, "https://gpu.example.com/v2/responses", "https://gpu.example.com/v2"),
        (ProviderApi.EMBEDDINGS, "https://gpu.example.com/v1/embeddings", "https://gpu.example.com/v1"),
        (ProviderApi.IMAGES, "https://gpu.example.com/v1/images/generations", "https://gpu.example.com/v1"),
    ],
)
def test_each_apis_base_url_is_taken_with_and_without_a_version_and_a_route(api, given, stored):
    assert completed_for(api, given) == completed_for(api, stored) == stored


@pytest.mark.parametrize("api", APIS, ids=str)
def test_a_base_url_that_ends_in_the_path_of_an_api_goes_without_it(api):
    """Whatever API the proxy serves: examples of calls have its path behind the base URL."""
    paths = [api.path, *([api.count.path] if api.count and api.count.is_served else [])]
    for path in paths:
        assert (
            completed(f"https://provider.example/v1{path}", api.wire_format) == "https://provider.example/v1"
        )
