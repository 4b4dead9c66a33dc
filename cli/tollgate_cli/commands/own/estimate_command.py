"""`tollgate estimate`: what a call would cost, for a key's holder."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from tollgate_cli.arguments.body_options import read_body
from tollgate_cli.arguments.common_options import one_of
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.given_texts import given_text
from tollgate_cli.commands.own.budget_windows import window_of
from tollgate_cli.output.dollars import usd
from tollgate_cli.output.failures import ExitCode, UsageError
from tollgate_cli.output.figure_columns import amount
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.session.current import session

app = group()

# By the words of --endpoint.
ENDPOINTS: Final = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
    "embeddings": "/v1/embeddings",
}
# The field that limits the answer, where it isn't max_tokens.
_LIMITS: Final = {"responses": "max_output_tokens"}
_ANSWER_LIMITS: Final = {"max_tokens", "max_completion_tokens", "max_output_tokens"}


@command(
    app,
    "estimate",
    examples=[
        'tollgate estimate --model gpt-5.5 --prompt "Why is the sky blue?"',
        "tollgate estimate --model gpt-5.5 --prompt-file prompt.txt --max-tokens 500",
        "tollgate estimate --json-body call.json --endpoint messages --json",
    ],
)
def estimate(
    *,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="The model that would be called.")] = None,
    prompt: Annotated[str | None, typer.Option(metavar="TEXT", help="What it would be asked.")] = None,
    prompt_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="The same from a file; - for stdin.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=1, help="At most so many tokens of answer.")
    ] = None,
    json_body: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The whole call as JSON; - for stdin. Options come on top of it."),
    ] = None,
    endpoint: Annotated[
        str | None, one_of(tuple(ENDPOINTS), "Which call it would be (default: the model decides).")
    ] = None,
) -> int:
    """Tell what a call would cost at most, and whether it would be let through.

    Nothing is called or spent. Exits with 1 if it would be refused.
    """
    output = session().output
    if prompt_file == "-" and json_body == "-":
        raise UsageError("Only one of --prompt-file and --json-body can be stdin.")
    body = read_body(json_body)
    if model is not None:
        body["model"] = model
    _ask(body, _prompt(prompt, prompt_file), endpoint)
    if max_tokens is not None:
        body[_LIMITS.get(endpoint or "", "max_tokens")] = max_tokens
    if "model" not in body:
        raise UsageError("--model must be given, or a call with a model by --json-body.")
    found = session().client.estimate_cost(
        body,
        **({} if endpoint is None else {"endpoint": ENDPOINTS[endpoint]}),  # type: ignore[arg-type]
    )
    is_limited = found["outputLimited"] or bool(_ANSWER_LIMITS & set(body))
    output.item(found, [*_FIELDS, Column("Answer", lambda row: _answer(row, is_limited=is_limited))])
    if output.format is Format.TABLE and found["budgets"]:
        output.line()
        output.rows(found["budgets"], _BUDGETS, empty="")
    return ExitCode.DONE if found["admitted"] else ExitCode.FAILED


def _prompt(prompt: str | None, file: str | None) -> str | None:
    if file is None:
        return prompt
    if prompt is not None:
        raise UsageError("--prompt and --prompt-file exclude each other.")
    return given_text(file)


def _ask(body: dict[str, Any], prompt: str | None, endpoint: str | None) -> None:
    """Puts the prompt where the endpoint has it."""
    if prompt is None:
        if not {"messages", "input"} & set(body):
            raise UsageError("Say what it would be asked: --prompt, --prompt-file or --json-body.")
    elif endpoint in {"responses", "embeddings"}:
        body["input"] = prompt
    else:
        body["messages"] = [*body.get("messages", []), {"role": "user", "content": prompt}]


def _verdict(found: Row) -> str:
    refusal = found["refusal"]
    if refusal is None:
        return "would be let through"
    after = f", try again in {refusal['retryAfter']:g} s" if refusal["retryAfter"] else ""
    return f"would be refused: {refusal['error']['message']} ({refusal['status']}{after})"


def _answer(found: Row, *, is_limited: bool) -> str:
    tokens = f"{found['outputTokens']:,} tokens"
    return f"{tokens} at most" if is_limited else f"{tokens}, or more: nothing limits it"


_FIELDS: Final = (
    Column("The call", _verdict, style=lambda row: "green" if row["admitted"] else "red"),
    Column("Costs at most", lambda row: usd(row["maxCost"]), style=lambda _: "bold"),
    Column("Model", "model"),
    Column("  asked for", "downgradedFrom"),
    Column("Prompt", lambda row: f"{row['inputTokens']:,} tokens at most"),
    Column("Paid from", "phase"),
    Column("Endpoint", "endpoint"),
)
_BUDGETS: Final = (
    Column("Budget", window_of),
    amount("Used", "used"),
    amount("Of", "allowance"),
    amount("Left", "remaining"),
    amount("Left after", "remainingAfter"),
)
