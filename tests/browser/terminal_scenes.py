"""What is played at a terminal for docs/pictures, on a stack on which the demo company lives."""

from __future__ import annotations

from tests.browser.terminal_pictures import Scene, Step

# A part of a gateway: what is there already, and then what somebody makes of it.
_THERE = """\
version: 1
label: research
providers:
  - name: in-house
    type: openai
    baseUrl: https://models.example.com/v1
    apiKey: { env: IN_HOUSE_KEY }
models:
  - systemName: qwen3-32b
    provider: in-house
    modelType: chat
    inputPrice: 0.59
    outputPrice: 0.79
keys:
  - externalId: research-lab
    name: Research lab
    ownerEmail: lab@example.com
    quotaLimit: 400
    quotaPeriod: month
  - externalId: research-lab-ci
    name: Research lab's CI
    parent: research-lab
    budgetLimit: 20
"""
_WANTED = (
    _THERE.replace("inputPrice: 0.59", "inputPrice: 0.52").replace("quotaLimit: 400", "quotaLimit: 650")
    + """\
  - externalId: evaluations
    name: Evaluations
    parent: research-lab
    budgetLimit: 150
    enforcement: hard
    allowedModels: [qwen3-32b]
"""
)
_PROGRAM = """\
from openai import OpenAI

client = OpenAI()


def ask(model, text):
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model=model, messages=messages).choices[0].message.content


tickets = [f"Ticket {number}: where is my parcel? " * 200 for number in range(8)]
urgent = [ticket for ticket in tickets if len(ask("gpt-4.1-mini", ticket)) > 0][:3]
answers = [ask("gpt-4.1", ticket) for ticket in urgent]
print(f"{len(tickets)} tickets sorted, {len(answers)} answered.")
"""

SCENES = (
    Scene("costs", (Step("tollgate costs overview --top 3"),)),
    Scene("models", (Step("tollgate costs by model"),)),
    Scene("keys", (Step("tollgate keys tree Engineering"),)),
    Scene(
        "errors",
        (
            Step("tollgate keys lst", code=2),
            Step("tollgate keys show serch-team", code=4),
            Step("tollgate keys edit 'Search team' --rpm-limit 0 --safety-level 300", code=1),
            Step("tollgate keys revoke 'Search team' < /dev/null", code=2),
        ),
    ),
    Scene(
        "run",
        (Step("tollgate run --budget 0.50 -- python tickets.py"),),
        files=(("tickets.py", _PROGRAM),),
    ),
    Scene(
        "apply",
        (
            Step("tollgate apply -f there.yaml --prune --yes", shown=False),
            Step("tollgate apply -f tollgate.yaml --key-file keys.jsonl", (("to go on:", "yes"),)),
            Step("tollgate diff -f tollgate.yaml"),
        ),
        files=(("there.yaml", _THERE), ("tollgate.yaml", _WANTED)),
        variables=(("IN_HOUSE_KEY", "sk-example"),),
    ),
)
