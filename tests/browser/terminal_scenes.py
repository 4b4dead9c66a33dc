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

for question in ("What is a budget?", "What is a quota?", "What is a hold?"):
    messages = [{"role": "user", "content": question}]
    answer = OpenAI().chat.completions.create(model="gpt-4.1", messages=messages)
    print(f"{question} {answer.choices[0].message.content}")
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
        (Step("tollgate run --budget 0.50 -- python questions.py"),),
        files=(("questions.py", _PROGRAM),),
    ),
    Scene(
        "apply",
        (
            Step("tollgate apply -f there.yaml --prune --yes", shown=False),
            Step("tollgate diff -f tollgate.yaml", code=1),
            Step("tollgate apply -f tollgate.yaml --key-file keys.jsonl", (("to go on:", "yes"),)),
        ),
        files=(("there.yaml", _THERE), ("tollgate.yaml", _WANTED)),
        variables=(("IN_HOUSE_KEY", "sk-example"),),
    ),
)
