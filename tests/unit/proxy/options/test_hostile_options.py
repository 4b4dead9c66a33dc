"""Whatever a request asks for: the provider's true price is what is charged, and never above the hold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW, model, price_version, provider
from tollgate import money
from tollgate.pricing.bill import price
from tollgate.pricing.usage import TokenClass, Usage, UsageFlag
from tollgate.refusals import RefusedError
from tollgate_proxy.apis import routes
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.metered_call import parse_call
from tollgate_proxy.settlement import servings

CHAT: Any = routes.match("POST", "/v1/chat/completions")
OUTPUT = OutputPolicy(default=1000, minimum=256)
# What the provider really charges: multiples of its rates of USD 1 and 10, and fees in USD.
TIERS = {"flex": Decimal("0.5"), "priority": Decimal(2), "fast": Decimal(2), "scale": Decimal(9)}
SPEEDS = {"fast": Decimal(2), "warp": Decimal(30)}
GEOS = {"us": Decimal("1.1"), "moon": Decimal(50)}
FEES = {"web_search": Decimal("0.01"), "x_search": Decimal("0.5")}
# What of that Tollgate knows.
KNOWN = price_version(
    {TokenClass.INPUT: "1", TokenClass.OUTPUT: "10"},
    service_tiers={name: TIERS[name] for name in ("flex", "priority", "fast")},
    inference_geos={"us": GEOS["us"]},
    tool_prices={"web_search": FEES["web_search"]},
)
SMALL = replace(model(prices=(KNOWN,), output_limit=1000), remote_id="small")


class FakeCatalog:
    def model(self, system_name):
        return SMALL if system_name == "small" else None

    def provider(self, _provider_id):
        return provider()

    def models(self):
        return [SMALL]


TOOLS = {
    "web_search": "web_search",
    "web_search_preview": "web_search",
    "openrouter:web_search": "web_search",
    "x_search": "x_search",
    "mcp": None,
    "custom": None,
}
# Each with what it makes a provider run.
SWITCHES = {"web_search_options": "web_search", "enable_search": "web_search"}
REQUESTS = st.fixed_dictionaries(
    {"model": st.just("small"), "messages": st.just([{"role": "user", "content": "Hi"}])},
    optional={
        "service_tier": st.sampled_from([None, "auto", "default", "FLEX", *TIERS, "", 7]),
        "serviceTier": st.sampled_from([None, "priority"]),
        "speed": st.sampled_from([None, "standard", *SPEEDS]),
        "inference_geo": st.sampled_from([None, "global", *GEOS]),
        "tools": st.lists(st.sampled_from([{"type": name} for name in TOOLS]), max_size=3),
        "web_search_options": st.sampled_from([None, {}]),
        "enable_search": st.sampled_from([None, False, True]),
        "extra_body": st.sampled_from(
            [{}, {"service_tier": "priority"}, {"speed": "warp"}, {"speed": "fast"}]
        ),
        "max_tool_calls": st.integers(1, 5),
        "models": st.lists(st.sampled_from(["small", "dear"]), max_size=2),
    },
)
SAID = st.sampled_from(["nothing", "the truth", "that it wasn't granted"])


def really(asked):
    """How a provider that reads every spelling serves a request: its tier, speed and place, and its tools."""
    inner = asked.get("extra_body") or {}
    tier = inner.get("service_tier") or asked.get("serviceTier") or asked.get("service_tier")
    speed = inner.get("speed") or asked.get("speed")
    tier = tier.lower() if isinstance(tier, str) else None
    ran = [TOOLS[tool["type"]] for tool in asked.get("tools") or ()]
    ran += [tool for name, tool in SWITCHES.items() if asked.get(name) not in (None, False)]
    times = asked.get("max_tool_calls", 10)
    calls = Counter({tool: times for tool in ran if tool})
    return (
        tier if tier in TIERS else None,
        speed if speed in SPEEDS else None,
        asked.get("inference_geo"),
        calls,
    )


@given(REQUESTS, SAID, st.integers(0, 1000))
@settings(max_examples=2000, deadline=None)
def test_no_request_costs_the_provider_more_than_is_charged_nor_more_than_is_held(asked, said, output):
    try:
        call = parse_call(CHAT, json.dumps(asked).encode(), FakeCatalog(), NOW, OUTPUT)
    except RefusedError:
        return
    tier, speed, place, calls = really(asked)
    prompt = 10
    used = replace(Usage.of(prompt, output), tool_calls=dict(calls))
    if said == "the truth":
        used = replace(used, service_tier=tier or "default", speed=speed, inference_geo=place)
    elif said == "that it wasn't granted":
        tier, speed, place = None, None, None
        used = replace(used, service_tier="default", speed="standard", inference_geo="global")
    multiple = TIERS.get(tier, money.ONE) * SPEEDS.get(speed, money.ONE) * GEOS.get(place, money.ONE)
    true_cost = (prompt + 10 * output) * multiple / 1_000_000
    true_cost += sum(FEES[tool] * times for tool, times in calls.items())

    (candidate,) = call.candidates
    served = servings.serving_of(candidate, call.options, used, "small", NOW)
    charged = price(served.usage, served.price, NOW, others=served.others).total

    assert charged == true_cost
    assert not served.usage.flags & {UsageFlag.TIER_NOT_PRICED, UsageFlag.TOOL_NOT_PRICED}
    assert charged <= call.demand.max_claim().amount
