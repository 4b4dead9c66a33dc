"""The table of bounds against real use, of docs/bounds.md: python -m tests.bench.bounds

Real use was recorded (`bound_counts.json`): for OpenAI with o200k_base, the vocabulary of GPT-4o and GPT-5,
for Anthropic with ctok 1.3.0 (https://github.com/sanderland/ctok), which reproduces the counts of Claude 4.8
and 5. `record` makes the file anew, `excesses` tries the bound on hostile texts, with whatever counts texts.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.bound_shapes import Shape, real, shapes
from tests.bench.hostile_texts import hostile
from tests.support.builders import model, price_version
from tollgate.pricing.usage import TokenClass
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.bounds import call_bounds, prompt_overheads, texts
from tollgate_proxy.bounds.call_bounds import BoundContext, OutputPolicy
from tollgate_proxy.request import tools
from tollgate_proxy.request.json_body import JsonObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COUNTS = Path(__file__).with_name("bound_counts.json")
_PRICE = price_version({TokenClass.INPUT: "1", TokenClass.OUTPUT: "1"})
_POLICY = OutputPolicy(default=16_384, minimum=256)


def bound(shape: Shape) -> int:
    """The most that a shape's prompt is taken for, with what its vendor adds."""
    has_tools = tools.are_given(shape.members)
    overhead = prompt_overheads.overhead_for(shape.vendor, shape.api.framing, "model", has_tools=has_tools)
    setting = BoundContext(frozenset({shape.vendor}), overhead, takes_zero=shape.api.takes_zero_output)
    request = JsonObject(json.dumps(shape.members), shape.members, {})
    return call_bounds.demand(request, model(), (_PRICE,), _POLICY, setting).prompt_tokens


def rows() -> Iterator[tuple[Shape, int, int]]:
    """Each shape with its bound and its real use."""
    counts = json.loads(COUNTS.read_text())
    for shape in shapes():
        yield shape, bound(shape), counts[shape.name]


def record(openai: Callable[[str], int], claude: Callable[[str], int]) -> None:
    counts = {
        shape.name: real(shape, openai if shape.vendor is Vendor.OPENAI else claude) for shape in shapes()
    }
    COUNTS.write_text(json.dumps(counts, indent=1, ensure_ascii=False) + "\n")


def excesses(
    counting: Mapping[str, Callable[[str], int]], seed: int, tries: int
) -> list[tuple[str, int, str]]:
    """Hostile texts that are more tokens than their bound, by whose count and by how many."""
    found = []
    for text in hostile(seed, tries):
        most = texts.max_tokens(text)
        found += [(name, count(text) - most, text) for name, count in counting.items() if count(text) > most]
    return found


def main() -> None:
    ratios = []
    print("| request | real use | bound | bound / real |\n|---|--:|--:|--:|")
    for shape, most, used in rows():
        ratios.append(most / used)
        print(f"| {shape.name} | {used:,} | {most:,} | {most / used:.1f} |")
    print(f"\n{len(ratios)} shapes, median {statistics.median(ratios):.2f}, largest {max(ratios):.1f}")


if __name__ == "__main__":
    main()
