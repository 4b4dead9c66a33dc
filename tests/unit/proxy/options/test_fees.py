"""How often tools that have a fee can run at most, by the names that prices have for them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.builders import price_version, provider
from tollgate.pricing.usage import TokenClass
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.options import fees, options
from tollgate_proxy.options.candidate import Candidate

RATES = {TokenClass.INPUT: "1", TokenClass.OUTPUT: "1"}


def candidate(*names, vendor=Vendor.OTHER):
    version = price_version(RATES, tool_prices={name: Decimal("0.01") for name in names})
    return Candidate(provider(vendor=vendor), "small-2026", version)


@pytest.mark.parametrize(
    ("members", "counted", "most"),
    [
        # Counted by its type already, and left as it is.
        ({"tools": [{"type": "web_search"}]}, {"web_search": 3}, {"web_search": 3}),
        # Known by another name.
        ({"tools": [{"google_search": {}}]}, {}, {"web_search": 10}),
        ({"tools": [{"google_search": {}}], "max_tool_calls": 40}, {}, {"web_search": 40}),
        ({"plugins": [{"id": "web"}], "max_tool_calls": 2}, {}, {"web_search": 2}),
        # Each source of a live search is billed.
        ({"search_parameters": {}}, {"web_search": 10}, {"web_search": 20}),
        ({"search_parameters": {"max_search_results": 50}}, {"web_search": 10}, {"web_search": 50}),
        ({"tools": [{"type": "file_search"}]}, {}, {}),
        ({}, {}, {}),
    ],
)
def test_tools_are_counted_by_their_prices_names(members, counted, most):
    assert fees.max_calls([candidate("web_search")], options.read(members), counted) == most


def test_of_several_candidates_the_most_calls_count():
    asked = options.read({"tools": [{"google_search": {}}]})
    both = [candidate("web_search"), candidate("google_search", "web_search")]
    assert fees.max_calls(both, asked, {}) == {"web_search": 10, "google_search": 10}


def test_perplexity_searches_unasked_and_dearer_searches_are_a_fee_each():
    asked = options.read({"web_search_options": {"search_context_size": "high"}})
    there = candidate("web_search", "search_context_size_high", vendor=Vendor.PERPLEXITY)
    assert fees.max_calls([there], options.NO_OPTIONS, {})["web_search"] == 30
    assert fees.max_calls([there], asked, {})["search_context_size_high"] == 1


@pytest.mark.parametrize(
    ("kind", "prices", "name"),
    [
        ("web_search_20250305", ("web_search",), "web_search"),
        ("web_search_preview", ("web_search", "web_search_preview"), "web_search_preview"),
        ("openrouter:web_search", ("web_search",), "web_search"),
        ("googleSearch", ("web_search",), "web_search"),
        ("google_search", ("google_search", "web_search"), "google_search"),
        ("web-search", ("web_search",), "web_search"),
        ("code_execution_20260120", ("code_interpreter",), "code_interpreter"),
        ("code_execution_20260120", ("code_interpreter", "code_execution"), "code_execution"),
        ("web_searches", ("web_search",), None),
        ("x_search", ("web_search",), None),
    ],
)
def test_a_price_names_a_tool_without_its_version(kind, prices, name):
    assert fees.price_name(kind, candidate(*prices).price) == name
