"""Every member that the proxy reads of a request is declared: no parser then reads another one for it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import tollgate_proxy
from tollgate.catalog.catalog import OutputLimit
from tollgate_proxy.options import named_models, options
from tollgate_proxy.request.member_names import DECLARED, FREE_FORM

SOURCE = Path(tollgate_proxy.__file__).parent
# Modules that see no request's body, or pass it on unread: they name what is in answers and headers.
# A new module is read unless it is named here.
WITHOUT_MEMBERS = {
    "__init__",
    "answer_forms",
    "answer_reader",
    "batch_bill",
    "batch_dialects",
    "batch_handler",
    "batch_poller",
    "batch_prices",
    "batch_routes",
    "batch_settlement",
    "batch_submission",
    "body_recorder",
    "call_metrics",
    "catalog_cache",
    "charsets",
    "choices",
    "circuit_breaker",
    "completions",
    "connections",
    "content_encoding",
    "cut_json",
    "failover",
    "file_requests",
    "first_events",
    "gateway",
    "generated",
    "handler",
    "http_messages",
    "json_body",
    "judging",
    "limit_headers",
    "lost_batches",
    "member_names",
    "metering",
    "multipart",
    "model_lists",
    "open_call",
    "retry_pauses",
    "prompt_overheads",
    "provider_calls",
    "provider_errors",
    "provider_side",
    "record_builder",
    "refusal_answers",
    "replays",
    "response_headers",
    "response_ownership",
    "routes",
    "settings",
    "spelling",
    "sse",
    "statuses",
    "stream_ends",
    "answer_tallies",
    "unserved",
    "answer_faults",
    "vendor_headers",
}
# What the others name besides: words of answers, queries and logs, types, and constants that are no names.
NO_MEMBERS = {
    # what batches have around their calls, whose spelling is looked at there (`require_spelled`)
    "batch_reading": {"body", "custom_id", "method", "params", "requests", "url"},
    "batch_requests": {
        *("completion_window", "endpoint", "input_file_id", "metadata"),
        *("after", "after_id", "before_id", "limit", "order", "purpose"),
    },
    "beta_headers": {"FAMILIES", "_OPENAIS"},
    # kinds of tools
    "call_bounds": {
        "browser_search",
        "code_execution",
        "code_interpreter",
        "file_search",
        "image_generation",
        "shell",
        "tool_search",
        "web_fetch",
        "x_search",
    },
    # what a count answers
    "exact_counts": {"input_tokens"},
    # roles, and what is counted whatever its name
    "prompts": {"assistant", "developer", "function_call", "output_format", "status", "summary", "user"},
    # what answers have, and what the request of a count repeats
    "chat": {
        "_ENVELOPE",
        "_FAILURES",
        "_UNFINISHED",
        "delta",
        "error",
        "finishReason",
        "finish_reason",
        "index",
        "message",
        "usage",
        "x_groq",
    },
    "embeddings": {"embedding"},
    # what answers have, and qualities of images
    "image_bounds": {"_BY_QUALITY", "high"},
    "images": {"_COMPLETED", "_PARTS"},
    "messages": {
        "_BLOCK_PARTS",
        "_PRELUDE",
        "content_block",
        "delta",
        "output_format",
        "stop_reason",
        "usage",
    },
    "responses": {
        "_ENDS",
        "_EVENT_ENDS",
        "_EVENT_FAILURES",
        "_FAILURES",
        "_PRELUDE",
        "_SPOKEN",
        "delta",
        "error",
        "object",
        "parallel_tool_calls",
        "personality",
        "response",
        "status",
        "truncation",
    },
    "cost_estimates": {"endpoint"},
    "token_estimates": {"_NOT_GENERATED"},
    "media": {"_KINDS", "_AUDIO_FORMATS"},
    "fees": {
        "_ALIASES",
        "_DEARER_SEARCHES",
        "_IN_VERSIONS",
        "_KEYED",
        "_OFF_MODES",
        "_SEARCHES",
        "_SWITCHES",
        "_WITHOUT_FEE",
        "id",
    },
    "options": {
        "_DESCRIPTIONS",
        "fast",
        "_FREE_MODERATION",
        "_LEFT_TO_PROVIDER",
        "_ONLY_IF_ASKED",
        "USUAL_GEOS",
        "USUAL_TIERS",
    },
    "tools": {
        "_BRINGING",
        "_DEFINED",
        "_DEFINED_VERSIONS",
        "_VERSIONS_WITHOUT_FEE",
        "_WITHOUT_FEE",
        "functionDeclarations",
        "name",
        "parameters",
    },
    "unbilled": {"id"},
}
NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_]*")
# What translation doesn't read isn't sent to anybody: no parser has another member to read.
MODULES = {
    path.stem: path
    for path in sorted(SOURCE.rglob("*.py"))
    if path.stem not in WITHOUT_MEMBERS and "translation" not in path.relative_to(SOURCE).parts
}


def texts(node: ast.AST) -> set[str]:
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def names_read(tree: ast.Module, ignored: set[str]) -> set[str]:
    """Names by which members are looked up, and those in constants, which are looked up one by one."""
    found = {name for node in ast.walk(tree) for name in looked_up(node)}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            (target,) = node.targets if isinstance(node, ast.Assign) else (node.target,)
            if isinstance(target, ast.Name) and target.id.isupper() and target.id not in ignored:
                found |= collected(node.value)
    return set(filter(NAME.fullmatch, found - ignored))


def looked_up(node: ast.AST) -> set[str]:
    match node:
        case ast.Call(func=ast.Attribute(attr="get" | "pop" | "setdefault" | "member"), args=[name, *_]):
            return texts(name)
        case ast.Call(func=ast.Name(id="is_set"), args=[_, name]):
            return texts(name)
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return {name}
        case ast.Compare(left=ast.Constant(value=str(name)), ops=[ast.In() | ast.NotIn()]):
            return {name}
    return set()


def collected(value: ast.AST | None) -> set[str]:
    """The texts in a collection."""
    of_many = isinstance(value, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Call)
    return texts(value) if value is not None and of_many else set()


@pytest.mark.parametrize("module", MODULES)
def test_every_member_that_is_read_is_declared(module):
    tree = ast.parse(MODULES[module].read_text())
    read = names_read(tree, NO_MEMBERS.get(module, set()))
    missing = read - DECLARED - FREE_FORM
    assert not missing, f"{module}.py reads members that member_names.py doesn't declare: {sorted(missing)}"


def test_so_is_every_member_that_is_set_for_a_provider():
    assert {limit.value for limit in OutputLimit} <= DECLARED


def test_those_that_read_requests_are_looked_at():
    modules = {"call_bounds", "chat", "metered_call", "token_estimates", "media", "messages", "responses"}
    assert modules <= MODULES.keys()


def test_the_reader_finds_what_is_read():
    source = """
_NAMES = ("a", "b")
_OTHER = ("not",)
def read(members):
    members.get("c"), members["d"], "e" in members, is_set(members, "f"), members.get("g", members.get("h"))
    changes["i"] = 1
"""
    assert names_read(ast.parse(source), {"_OTHER"}) == set("abcdefghi")


def test_every_switch_of_a_price_is_declared():
    switches = {*options.MEMBERS, *named_models.MEMBERS}
    assert switches <= DECLARED | FREE_FORM
