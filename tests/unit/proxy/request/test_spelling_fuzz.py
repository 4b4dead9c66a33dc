"""Hostile bodies: whatever Tollgate accepts, every parser reads as Tollgate does.

The parsers here are written for themselves: one as Go's `encoding/json` reads, one as protobuf's JSON, one
that ignores case as Java does, one that goes by letters, and strict ones that take the first or the last of
a name. They know from the body's making what of it is structure, and ask Tollgate nothing.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.request.json_body import parse
from tollgate_proxy.request.member_names import DECLARED

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = sorted(DECLARED)
BODIES = 4_000


@dataclass
class Structure:
    """An object whose names mean something; names may repeat."""

    members: list[tuple[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Free:
    """JSON text whose names mean nothing."""

    text: str


def structure(**members: Any) -> Structure:
    return Structure(list(members.items()))


def go(name: str) -> str:
    """As `foldName` of Go's encoding/json: each letter by its smallest fold."""
    return "".join({"\u017f": "s", "\u212a": "k"}.get(letter, letter) for letter in name).lower()


def protobuf(name: str) -> str:
    """A field has two names: its own, and that in lowerCamelCase."""
    return _BY_JSON_NAME.get(name, name)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)


_BY_JSON_NAME = {_camel(name): name for name in NAMES}
# What a name is compared by, and which of several counts: 0 the first, -1 the last.
PARSERS: dict[str, tuple[Callable[[str], str], int]] = {
    "Go": (go, -1),
    "protobuf": (protobuf, -1),
    "Java, ignoring case": (lambda name: name.upper().lower().replace("\u0307", ""), -1),
    "by letters": (lambda name: "".join(filter(str.isalnum, name)).casefold(), -1),
    "C strings": (lambda name: name.partition("\0")[0], -1),
    "trimming": (str.strip, -1),
    "first wins": (str, 0),
    "last wins": (str, -1),
}
# By each parser's key, the declared name that it looks for.
_WANTED = {key: {key(name): name for name in NAMES} for key, _ in PARSERS.values()}


def read(node: Any, key: Callable[[str], str], which: int) -> Any:
    """What a parser makes of a body; of an object, the declared names that it finds there."""
    if isinstance(node, Free):
        return node.text
    if isinstance(node, list):
        return [read(each, key, which) for each in node]
    if not isinstance(node, Structure):
        return node
    found: dict[str, list[Any]] = {}
    for spelt, value in node.members:
        found.setdefault(key(spelt), []).append(value)
    wanted = _WANTED[key]
    seen = {wanted[name]: read(values[which], key, which) for name, values in found.items() if name in wanted}
    others = [(spelt, value) for spelt, value in node.members if spelt not in DECLARED]
    seen["others"] = [
        read(value, key, which) for spelt, value in others if isinstance(value, Structure | list)
    ]
    return seen


def text_of(node: Any, random_: random.Random) -> str:
    if isinstance(node, Free):
        return node.text
    if isinstance(node, list):
        return "[" + ",".join(text_of(each, random_) for each in node) + "]"
    if isinstance(node, Structure):
        members = (f"{quoted(name, random_)}:{text_of(value, random_)}" for name, value in node.members)
        return "{" + ",".join(members) + "}"
    return json.dumps(node)


def quoted(name: str, random_: random.Random) -> str:
    """The name as JSON, some of its letters escaped though they needn't be."""
    return '"' + "".join(
        f"\\u{ord(each):04x}" if random_.random() < 0.03 else json.dumps(each)[1:-1] for each in name
    ) + '"'  # fmt: skip


def base(random_: random.Random) -> Structure:
    """A body as clients send it."""
    free = Free('{"type":"object","properties":{"Model":{"type":"string"},"maxTokens":{}},"a":1,"a":2}')
    cached = structure(type="ephemeral", ttl="5m")
    content = [
        structure(type="text", text="Hello", cache_control=cached),
        structure(type="image_url", image_url=structure(url="https://example.com/a.png", detail="low")),
        structure(type="image", source=structure(type="base64", media_type="image/png", data="aGk=")),
        structure(type="tool_use", id="t1", name="f", input=free),
        structure(type="tool_result", content=[structure(type="text", text="ok")]),
        structure(type="input_audio", input_audio=structure(data="aGk=", format="mp3")),
        structure(type="file", file=structure(file_data="data:application/pdf;base64,aGk=")),
    ]
    tools = [
        structure(type="function", function=structure(name="f", parameters=free)),
        structure(name="g", input_schema=free, input_examples=[free], cache_control=cached),
        structure(type="web_search_20250305", name="web_search", max_uses=2),
        structure(type="namespace", name="n", tools=[structure(type="function", name="h", parameters=free)]),
        structure(type="openrouter:web_search", parameters=structure(max_results=2)),
    ]
    calls = [structure(id="c", type="function", function=structure(name="f", arguments=free))]
    optional = [
        ("stream", True),
        ("stream_options", structure(include_usage=False)),
        ("max_tokens", 20),
        ("service_tier", "auto"),
        ("tools", tools),
        ("metadata", free),
        ("logit_bias", free),
        ("thinking", structure(type="enabled", budget_tokens=1024)),
        ("reasoning", structure(effort="low")),
        ("response_format", structure(type="json_schema", json_schema=structure(name="a", schema=free))),
        ("text", structure(format=structure(type="json_schema", schema=free))),
        ("context_management", structure(edits=[structure(type="compact_20260112")])),
        ("fallbacks", [structure(model="other", max_tokens=3)]),
        ("prompt", structure(id="p", variables=free)),
        ("web_search_options", structure(search_context_size="low")),
        ("provider", structure(order=["a"])),
        ("plugins", [structure(id="web", max_results=1)]),
        ("input", [structure(type="message", content=[structure(type="input_text", text="hi")])]),
        ("unheard_of", structure(deep=[structure(x=1)])),
    ]
    messages = [structure(role="user", content=content), structure(role="assistant", tool_calls=calls)]
    chosen = random_.sample(optional, random_.randint(0, 6))
    members = [("model", "small"), ("messages", messages), *chosen]
    random_.shuffle(members)
    return Structure(members)


def structures(node: Any) -> list[Structure]:
    if isinstance(node, list):
        return [found for each in node for found in structures(each)]
    if isinstance(node, Structure):
        return [node, *(found for _, value in node.members for found in structures(value))]
    return []


def misspelt(name: str, random_: random.Random) -> str:
    """One of the ways in which one of the parsers would still know the name."""
    place = random_.randrange(len(name))
    ways = [
        name.upper(),
        name.title(),
        name[:place] + name[place].upper() + name[place + 1 :],
        name.replace("s", "\u017f"),
        name.replace("k", "\u212a"),
        name.replace("i", "\u0131"),
        name.upper().replace("I", "\u0130"),
        _camel(name),
        _camel(name)[:1].upper() + _camel(name)[1:],
        name.replace("_", "-"),
        name[:place] + "_" + name[place:],
        name + "\0",
        name + "\0x",
        random_.choice(" \t\n\u00a0\u3000") + name,
        name + random_.choice(" \t\n\u00a0\u2028"),
        name[:place] + random_.choice("\u200b\ufeff\u00ad") + name[place:],
    ]
    return random_.choice(ways)


def spoil(body: Structure, random_: random.Random) -> bool:
    """Makes a change; whether some parser might read the body otherwise from then on."""
    target = random_.choice(structures(body))
    at = random_.randint(0, len(target.members))
    name = random_.choice(NAMES)
    match random_.randrange(4):
        case 0:
            spelt = misspelt(name, random_)
            values = [1, "x", True] if name == "input" else [1, "x", structure(model="large")]
            target.members.insert(at, (spelt, random_.choice(values)))
            return spelt not in DECLARED or [each for each, _ in target.members].count(spelt) > 1
        case 1 if target.members:
            taken = random_.choice(target.members)[0]
            target.members.insert(at, (taken, "again"))
            return True
        case 2 if target.members:
            number = random_.randrange(len(target.members))
            old, value = target.members[number]
            spelt = misspelt(old, random_) if old in DECLARED else old
            target.members[number] = (spelt, value)
            return spelt != old and spelt not in DECLARED
    target.members.insert(at, (f"own_{random_.randrange(10**9)}", structure(x=1)))
    return False


@pytest.mark.parametrize("seed", range(4))
def test_what_is_accepted_is_read_alike_by_every_parser(seed):
    random_ = random.Random(seed)
    accepted = 0
    for _ in range(BODIES // 4):
        body = base(random_)
        ambiguous = [spoil(body, random_) for _ in range(random_.choice([0, 1, 1, 2, 3]))]
        text = text_of(body, random_)
        reason = refusal(text)
        if reason is None:
            accepted += 1
            assert_read_alike(body, text)
        else:
            assert any(ambiguous), f"{reason} without a cause: {text}"
            assert reason in (Reason.UNKNOWN_MEMBER, Reason.INVALID_JSON)
    assert BODIES / 16 < accepted < BODIES / 5


def refusal(text: str) -> Reason | None:
    try:
        parse(text.encode())
    except RefusedError as refused:
        return refused.reason
    return None


def assert_read_alike(body: Structure, text: str) -> None:
    views = {parser: read(body, *how) for parser, how in PARSERS.items()}
    for parser, view in views.items():
        assert view == views["last wins"], f"{parser} reads otherwise: {text}"


@pytest.mark.parametrize("seed", range(4))
def test_what_tollgate_sets_is_what_every_parser_reads(seed):
    random_ = random.Random(f"changes-{seed}")
    changed = 0
    for _ in range(BODIES // 4):
        body = base(random_)
        for _ in range(random_.choice([0, 1, 2])):
            spoil(body, random_)
        changes = {name: f"ours-{name}" for name in random_.sample(NAMES, random_.randint(1, 4))}
        try:
            parsed = parse(text_of(body, random_).encode())
        except RefusedError:
            continue
        encoded = parsed.encode(changes)
        members: list[tuple[str, Any]] = json.loads(encoded, object_pairs_hook=list)
        for key, which in PARSERS.values():
            for name, value in changes.items():
                assert [each for spelt, each in members if key(spelt) == key(name)][which] == value
        assert [name for name, _ in members][len(parsed.members) :] == [
            name for name in changes if name not in parsed.members
        ]
        assert parse(encoded).members == {**parsed.members, **changes}
        changed += 1
    assert changed > BODIES / 16
