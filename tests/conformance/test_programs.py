"""`tollgate run` with the SDKs' own examples, which name neither key nor URL, and with a real client."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.issued_keys import IssuedKeys
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.timeout(600)
WAIT_SECONDS = 280

ROOT = Path(__file__).parents[2]
# As the SDKs' own pages have them, but for the model's name.
EXAMPLES = {
    "OpenAI, responses": """
from openai import OpenAI

client = OpenAI()

response = client.responses.create(
    model="gpt-4o-mini",
    instructions="You are a coding assistant that talks like a pirate.",
    input="How do I check if a Python object is an instance of a class?",
)

print(response.output_text)
""",
    "OpenAI, chat completions": """
from openai import OpenAI

client = OpenAI()

completion = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[
        {"role": "developer", "content": "Talk like a pirate."},
        {
            "role": "user",
            "content": "How do I check if a Python object is an instance of a class?",
        },
    ],
)

print(completion.choices[0].message.content)
""",
    "OpenAI, a stream": """
from openai import OpenAI

client = OpenAI()

stream = client.responses.create(
    model="gpt-4o-mini",
    input="Write a one-sentence bedtime story about a unicorn.",
    stream=True,
)
for event in stream:
    print(event.type)
""",
    "OpenAI, asynchronous": """
import asyncio
from openai import AsyncOpenAI

client = AsyncOpenAI()


async def main() -> None:
    response = await client.responses.create(
        model="gpt-4o-mini", input="Explain disestablishmentarianism to a smart five year old."
    )
    print(response.output_text)


asyncio.run(main())
""",
    "Anthropic, messages": """
from anthropic import Anthropic

client = Anthropic()

message = client.messages.create(
    max_tokens=1024,
    messages=[
        {
            "role": "user",
            "content": "Hello, Claude",
        }
    ],
    model="claude-sonnet-5",
)
print(message.content)
""",
    "Anthropic, a stream": """
from anthropic import Anthropic

client = Anthropic()

with client.messages.stream(
    max_tokens=1024,
    messages=[{"role": "user", "content": "Say hello there!"}],
    model="claude-sonnet-5",
) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)
print()
""",
}
AZURE = """
from openai import AzureOpenAI

client = AzureOpenAI()
completion = client.chat.completions.create(
    model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}]
)
print(completion.choices[0].message.content)
"""
UNTIL_IT_FAILS = """
from openai import OpenAI

client = OpenAI()
for number in range(50):
    client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": f"Hello {number} " + "again " * 200}],
        max_tokens=20,
    )
    print("answered", flush=True)
"""
SPENT = re.compile(r"^  (\S+) +(\d+) +([\d,]+) +([\d,]+) +\$([\d.,]+)$", re.MULTILINE)
MADE = re.compile(r"key_[0-9A-Za-z]{16}")


@pytest.fixture(scope="module")
def keys(stack) -> Iterator[IssuedKeys]:
    """Issues keys. What programs are answered isn't heard here; what is recorded of them is."""
    with closing(IssuedKeys(stack)) as issued:
        yield issued


@pytest.fixture
def parent(keys) -> dict[str, Any]:
    """The key of somebody who may make others below it."""
    return keys.issue(budgetLimit="5", manageChildren=True)


@pytest.fixture
def run(stack) -> Run:
    """Runs `tollgate run` with a key, in a shell that would lead elsewhere."""

    def run_(secret: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        with started(stack.api_url, secret, *arguments) as process:
            stdout, stderr = process.communicate(timeout=WAIT_SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    return run_


def started(url: str, secret: str, *arguments: str) -> subprocess.Popen[str]:
    elsewhere = {
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "OPENAI_API_KEY": "elsewhere",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        "ANTHROPIC_AUTH_TOKEN": "elsewhere",
        "AZURE_OPENAI_ENDPOINT": "http://127.0.0.1:9",
    }
    environment = {
        **os.environ,
        **elsewhere,
        "PYTHONPATH": f"{ROOT / 'cli'}:{ROOT / 'shared'}",
        "TOLLGATE_URL": url,
        "TOLLGATE_API_KEY": secret,
        "TOLLGATE_CONFIG": os.devnull,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tollgate_cli", "run", "--wait", "120", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def program(folder: Path, text: str) -> list[str]:
    path = folder / "example.py"
    path.write_text(text)
    return [sys.executable, str(path)]


def made_in(stderr: str) -> str:
    """The key that the run was made."""
    (made,) = set(MADE.findall(stderr))
    return made


def spent_in(stderr: str) -> Decimal:
    return sum((Decimal(cost) for model, *_, cost in SPENT.findall(stderr) if model != "total"), Decimal(0))


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_an_sdks_own_example_runs_as_it_is(run, keys, parent, tmp_path, example):
    ran = run(parent["key"], "--budget", "1", "--", *program(tmp_path, example))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()
    key = keys.settled(made_in(ran.stderr))
    assert key["status"] == "revoked"
    (record,) = keys.records(key["key_id"])
    assert spent_in(ran.stderr) == record["calculated_cost"] == key["budget_used"] > 0


def test_azures_client_finds_its_variables(run, parent, tmp_path):
    ran = run(parent["key"], "--client", "azure", "--", *program(tmp_path, AZURE))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()


def test_a_budget_that_is_used_up_ends_the_program_with_the_sdks_error(run, keys, parent, tmp_path):
    ran = run(parent["key"], "--budget", "0.0002", "--", *program(tmp_path, UNTIL_IT_FAILS))
    answered = ran.stdout.count("answered")
    assert 0 < answered < 50
    assert ran.returncode == 1
    assert "openai.RateLimitError" in ran.stderr
    assert " is exhausted: " in ran.stderr
    rows = SPENT.findall(ran.stderr)
    assert [(model, requests) for model, requests, *_ in rows] == [("gpt-4o-mini", str(answered))]
    key = keys.settled(re.search(r"The key (\S+) was revoked", ran.stderr)[1])
    assert spent_in(ran.stderr) == key["budget_used"] >= Decimal("0.0002")
    assert "Left: " in ran.stderr


def test_a_hard_budget_is_not_exceeded(run, keys, parent, tmp_path):
    ran = run(parent["key"], "--budget", "0.0002", "--hard", "--", *program(tmp_path, UNTIL_IT_FAILS))
    assert ran.returncode == 1
    key = keys.settled(re.search(r"The key (\S+) was revoked", ran.stderr)[1])
    assert 0 < key["budget_used"] <= Decimal("0.0002")
    assert spent_in(ran.stderr) == key["budget_used"]


def test_parallel_runs_have_a_key_each_and_their_own_figures(stack, keys, parent, tmp_path):
    texts = [UNTIL_IT_FAILS.replace("range(50)", f"range({count})") for count in (1, 2, 3)]
    running = []
    for number, text in enumerate(texts):
        folder = tmp_path / str(number)
        folder.mkdir()
        running.append(started(stack.api_url, parent["key"], "--budget", "1", "--", *program(folder, text)))
    made = set()
    for count, process in zip((1, 2, 3), running, strict=True):
        stdout, stderr = process.communicate(timeout=WAIT_SECONDS)
        assert (process.returncode, stdout.count("answered")) == (0, count), stderr
        made.add(made_in(stderr))
        assert [requests for _, requests, *_ in SPENT.findall(stderr)] == [str(count)]
    assert len(made) == 3
    assert {keys.stored(key_id)["status"] for key_id in made} == {"revoked"}


def test_a_run_that_is_ended_leaves_no_key_that_is_let_in(stack, keys, parent, tmp_path):
    waits = EXAMPLES["Anthropic, messages"] + "\nimport time\nprint('waits', flush=True)\ntime.sleep(300)\n"
    given = ("--budget", "1", "--", *program(tmp_path, waits))
    with started(stack.api_url, parent["key"], *given) as process:
        assert until(lambda: "waits" in process.stdout.readline())
        process.terminate()
        _, stderr = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 143
    assert keys.stored(made_in(stderr))["status"] == "revoked"


def test_the_llm_command_asks_models_of_openai_without_being_told_where(run, keys, parent):
    llm = shutil.which("llm", path=str(Path(sys.executable).parent))
    assert llm, "llm isn't installed beside Python"
    given = ("--budget", "1", "--model", "gpt-4o-mini", "--", llm, "Say hello", "--no-log")
    ran = run(parent["key"], *given)
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.split()) > 3
    (record,) = keys.records(made_in(ran.stderr))
    assert record["model"] == "gpt-4o-mini"
