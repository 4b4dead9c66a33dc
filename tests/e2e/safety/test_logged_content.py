"""Nothing that is secret or said is in any log: no prompt, completion, key or token.

What is asked here asks for trouble: each answer goes wrong, and has what was sent in it. The last of the
stack's tests looks through what all others had logged, too.
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from infra.mock_provider.text import VOCABULARY
from tests.support.echoing_provider import ECHOES, echoing
from tests.support.issued_keys import IssuedKeys
from tests.support.metric_log import figures
from tests.support.stack_logs import logged
from tests.support.waiting import until
from tollgate.secret_tokens import format_token, new_id, new_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack

# Some hundred calls, most of which go wrong.
pytestmark = pytest.mark.timeout(400)

PROMPT = f"a secret wish {token_hex(8)}"
PROVIDER_KEY = f"pk-{token_hex(16)}"
ADMIN_SECRET = f"mine-{token_hex(16)}"
_WORD = "|".join(VOCABULARY)
SECRETS = {
    "a prompt": re.compile(re.escape(PROMPT)),
    "a provider's key": re.compile(re.escape(PROVIDER_KEY)),
    "what an admin sent as a secret": re.compile(re.escape(ADMIN_SECRET)),
    "a key or token of Tollgate": re.compile(r"\bsk-tg-[0-9A-Za-z]{32,}|\btg-[a-z]+-[0-9A-Za-z]{32,}"),
    "a completion of the mock provider": re.compile(rf"(?:\b(?:{_WORD})\b[ \\n]+){{3}}\b(?:{_WORD})\b"),
    "a signed token": re.compile(r"\beyJ[0-9A-Za-z_-]{20,}\.|bedrock-api-key-[0-9A-Za-z]"),
    "an Authorization header": re.compile(r"\bBearer [0-9A-Za-z]", re.IGNORECASE),
}
CHAT: dict[str, Any] = {
    "messages": [{"role": "system", "content": PROMPT}, {"role": "user", "content": PROMPT}]
}
MESSAGES: dict[str, Any] = {
    "messages": [{"role": "user", "content": PROMPT}],
    "system": PROMPT,
    "max_tokens": 50,
}
RESPONSES: dict[str, Any] = {"input": PROMPT, "instructions": PROMPT}
APIS = {"/chat/completions": CHAT, "/messages": MESSAGES, "/responses": RESPONSES}
FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 500},
    {"status": 429, "retry_after": 0},
    {"malformed_json": True},
    {"cut_after_chunks": 2},
    {"no_usage": True},
    {"prompt_tokens": 10**9},
)


def found(text: str) -> dict[str, str]:
    """By kind of secret, where the first is, with what is around it."""
    hits = {name: pattern.search(text) for name, pattern in SECRETS.items()}
    return {name: text[max(0, hit.start() - 200) : hit.end() + 40] for name, hit in hits.items() if hit}


@pytest.fixture(scope="module")
def keys(stack: Stack) -> Iterator[IssuedKeys]:
    with closing(IssuedKeys(stack)) as issued:
        yield issued


@pytest.fixture(scope="module")
def key(keys: IssuedKeys) -> str:
    """With bodies kept, and a small hard budget that some calls don't fit."""
    return str(keys.issue(budgetLimit="2", enforcement="hard", keepBodies=True)["key"])


@pytest.fixture(scope="module")
def echoes(keys: IssuedKeys) -> Iterator[list[str]]:
    """Names of models whose provider repeats what it is sent, one for each place of an answer."""
    with echoing() as base_url:
        names = []
        for kind in ("openai", "anthropic"):
            described = {"name": f"echo-{kind}", "type": kind, "baseUrl": base_url, "apiKey": PROVIDER_KEY}
            provider = keys.admin("POST", "/providers", described)["id"]
            for echo in ECHOES:
                name = f"echo-{kind}-{echo}"
                prices = {"inputPrice": "0.1", "outputPrice": "0.1"}
                body = {"systemName": name, "remoteId": echo, "providerId": provider, "modelType": "chat"}
                keys.admin("POST", "/models", {**body, **prices})
                names.append(name)
        yield names


@pytest.fixture(scope="module")
def call(stack: Stack, key: str) -> Iterator[Any]:
    with httpx.Client(base_url=stack.base_url, timeout=60, trust_env=False) as client:

        def call(path: str, content: Any, **headers: str) -> int:
            """The status, or 0 for an answer that broke off."""
            sent = content if isinstance(content, bytes) else json.dumps(content).encode()
            try:
                told = {"authorization": f"Bearer {key}", "content-type": "application/json", **headers}
                return client.post(path, content=sent, headers=told).status_code
            except httpx.RemoteProtocolError:
                return 0

        yield call


def test_what_goes_wrong_leaves_no_content_in_a_log(stack, call, echoes):
    statuses = []
    for path, body in APIS.items():
        statuses += [
            call(path, {"model": "gpt-4o-mini", **body, "stream": stream, "mock": fault})
            for fault in FAULTS
            for stream in (False, True)
        ]
        statuses += [call(path, {"model": name, **body, "stream": True}) for name in echoes]
    statuses += [call("/chat/completions", {"model": name, **CHAT}) for name in echoes]

    assert {200, 400, 500} <= set(statuses)
    assert found(logged(stack)) == {}


def test_what_is_refused_leaves_no_content_in_a_log(stack, call):
    body = {"model": "gpt-4o-mini", **CHAT}
    unknown = format_token("sk-tg-", new_id(), new_secret())
    refused = [
        call("/chat/completions", json.dumps(body)[:-3].encode()),
        call("/chat/completions", {**body, "n": PROMPT}),
        call("/chat/completions", {**body, "max_tokens": 10**9}),
        call("/chat/completions", {**body, "messages": PROMPT}),
        call("/messages", {"model": "gpt-4o-mini", **MESSAGES, "mcp_servers": [{"url": PROMPT}]}),
        call("/chat/completions", {"model": "no-such-model", **CHAT}),
        call("/chat/completions", body, authorization=f"Bearer {unknown}"),
        call("/chat/completions", body, authorization=f"Bearer {unknown[:-1]}"),
        call("/chat/completions", body, authorization=f"Basic {unknown}"),
        call("/files", PROMPT.encode(), **{"content-type": "multipart/form-data; boundary=x"}),
        call("/embeddings", {"model": "text-embedding-3-small", "input": {"odd": PROMPT}}),
        call("/images/generations", {"model": "gpt-4o-mini", "prompt": PROMPT}),
    ]
    assert set(refused) <= {400, 401, 404, 429}
    assert found(logged(stack)) == {}


def test_what_admins_send_wrongly_leaves_no_secret_in_a_log(stack, admin, echoes):
    provider = {"name": "broken", "type": "openai", "baseUrl": "http://127.0.0.1:9/v1"}
    sent = [
        admin.post("/providers", json={**provider, "apiKey": ADMIN_SECRET, "authHeader": "none at all"}),
        admin.post("/providers", json={**provider, "apiKey": [ADMIN_SECRET]}),
        admin.post("/providers", content=f'{{"apiKey": "{ADMIN_SECRET}"'.encode()),
        admin.post("/providers", json={**provider, "apiKey": ADMIN_SECRET, "authHeader": "google"}),
        admin.get("/apiKey", headers={"authorization": f"Bearer {ADMIN_SECRET}"}),
        admin.get("/apiKey", headers={"authorization": f"Bearer {stack.admin_token}x"}),
    ]
    assert {answer.status_code for answer in sent} <= {400, 401, 422}

    (echo,) = admin.get("/providers", params={"search": "echo-openai"}).json()["data"]
    assert admin.post(f"/providers/{echo['id']}/test").is_success
    assert found(logged(stack)) == {}


def test_a_secret_in_a_log_would_be_found(stack):
    said = " ".join(VOCABULARY[:4])
    token = format_token("sk-tg-", new_id(), new_secret())
    for secret in (PROMPT, PROVIDER_KEY, ADMIN_SECRET, token, said, f"authorization: Bearer {token}"):
        assert found(f"INFO a line with {secret} in it"), secret
    # What is looked through is all of it: lines of functions that the front runs, and of the emulator's.
    text = logged(stack)
    assert "failed: " in text
    assert "START RequestId" in text


def test_calls_tell_of_themselves_in_the_name_of_their_stack(stack):
    lines = [json.loads(line) for line in logged(stack).splitlines() if line.startswith('{"_aws"')]
    written = {figure.name for line in lines for figure in figures(line)}
    assert {"CallsAdmitted", "CallsRefused", "CallsBrokenOff", "UpstreamErrors"} <= written
    assert {line["Stack"] for line in lines} == {stack.stack_name}


@pytest.mark.last_on_the_stack
def test_nothing_that_all_tests_had_logged_is_secret(stack):
    text = logged(stack)
    assert stack.admin_token not in text
    assert found(text) == {}


@pytest.mark.last_on_the_stack
def test_nothing_that_receivers_of_traces_were_told_is_secret(stack, told, pytestconfig):
    """Of the calls of all tests, which each leave a span and are counted."""
    if pytestconfig.getoption("--stack"):
        pytest.skip("A stack that runs already tells somebody else.")
    until(lambda: told.spans and told.points)
    assert {each.resource["service.namespace"] for each in told.spans} == {stack.stack_name}
    assert {"chat", "embeddings"} <= {each.attributes["gen_ai.operation.name"] for each in told.spans}
    assert found(f"{told.spans} {told.points}") == {}
