from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from infra.ops.catalog import __main__ as command
from tollgate_admin.catalog.shipped import shipped_prices, staleness
from tollgate_admin.catalog.shipped.shipped_prices import CatalogError

WRITTEN = date(2026, 11, 23)
OPENAI = "https://developers.openai.com/api/docs/pricing"
ANTHROPIC = "https://platform.claude.com/docs/en/about-claude/pricing"
GOOGLE = "https://ai.google.dev/gemini-api/docs/pricing"
DEEPSEEK = "https://api-docs.deepseek.com/quick_start/pricing"

ENTRY = {
    "systemName": "gpt-4.1",
    "vendor": "openai",
    "modelType": "chat",
    "inputPrice": "2",
    "outputPrice": "8",
    "contextLimit": 1_047_576,
    "outputLimit": 32_768,
    "source": OPENAI,
    "sourcedAt": "2026-10-14",
}


def entry(**changed):
    fields = ENTRY | changed
    return {name: value for name, value in fields.items() if value is not None}


@pytest.fixture
def read(tmp_path):
    def read(*entries, expected=()):
        path = tmp_path / "models.json"
        path.write_text(json.dumps({"expected": list(expected), "models": entries}))
        return shipped_prices.read(path)

    return read


@pytest.fixture(scope="module")
def shipped():
    return {entry.system_name: entry for entry in shipped_prices.read().models}


class TestShippedFile:
    def test_has_models_of_every_vendor_chat_and_embedding(self, shipped):
        assert len(shipped) >= 40
        assert {entry.vendor for entry in shipped.values()} == {
            "openai", "anthropic", "google", "mistral", "deepseek", "alibaba", "amazon",
        }  # fmt: skip
        assert {entry.model_type for entry in shipped.values()} == {"chat", "embedding"}

    def test_left_no_finding_on_the_day_it_was_written(self):
        assert staleness.findings(shipped_prices.read(), WRITTEN) == []

    def test_names_each_vendors_own_page(self, shipped):
        hosts = {(entry.vendor, entry.source.split("/")[2]) for entry in shipped.values()}
        assert len(hosts) == len({entry.vendor for entry in shipped.values()})

    @pytest.mark.parametrize(
        ("name", "source", "input_price", "output_price", "cached"),
        [
            ("gpt-5", OPENAI, "1.25", "10", "0.125"),
            ("gpt-4.1", OPENAI, "2", "8", "0.5"),
            ("gpt-4o-mini", OPENAI, "0.15", "0.6", "0.075"),
            ("claude-opus-5", ANTHROPIC, "5", "25", "0.5"),
            ("claude-haiku-4-5", ANTHROPIC, "1", "5", "0.1"),
            ("gemini-2.5-flash", GOOGLE, "0.3", "2.5", "0.03"),
            ("deepseek-flash", DEEPSEEK, "0.15", "0.6", "0.003"),
        ],
    )
    def test_says_what_the_vendors_page_said(self, shipped, name, source, input_price, output_price, cached):
        model = shipped[name]
        assert model.source == source
        assert model.input_price == Decimal(input_price)
        assert model.output_price == Decimal(output_price)
        assert model.cached_input_price == Decimal(cached)

    def test_prices_both_lifetimes_of_a_cache_write(self, shipped):
        # https://platform.claude.com/docs/en/about-claude/pricing: 5m and 1h cache writes of Claude Opus 5
        assert shipped["claude-opus-5"].cache_write_price == Decimal("6.25")
        assert shipped["claude-opus-5"].cache_write_1h_price == 10

    def test_prices_claude_on_bedrock_as_anthropic_does_and_a_geography_a_tenth_dearer(self, shipped):
        # https://platform.claude.com/docs/en/about-claude/pricing: global endpoints, regional endpoints
        rates = (
            "input_price",
            "output_price",
            "cached_input_price",
            "cache_write_price",
            "cache_write_1h_price",
        )
        on_bedrock = [entry for name, entry in shipped.items() if ".anthropic." in name]
        assert len(on_bedrock) >= 10
        for entry in on_bedrock:
            place, _, name = entry.system_name.partition(".anthropic.")
            factor = 1 if place == "global" else Decimal("1.1")
            pairs = [(entry, shipped[name]), *zip(entry.tiers, shipped[name].tiers, strict=True)]
            for there, here in pairs:
                assert [getattr(there, rate) for rate in rates] == [
                    getattr(here, rate) * factor for rate in rates
                ], entry.system_name
            # What AWS doesn't publish a price of is refused.
            assert (entry.service_tiers, entry.tool_prices) == ({}, {})

    def test_prices_long_prompts_apart(self, shipped):
        # https://ai.google.dev/gemini-api/docs/pricing: Gemini 2.5 Pro, prompts > 200k tokens
        (tier,) = shipped["gemini-2.5-pro"].tiers
        assert tier.above_prompt_tokens == 200_000
        assert (tier.input_price, tier.output_price) == (Decimal("2.5"), 15)

    def test_doubles_deepseeks_prices_at_peak_hours(self, shipped):
        # https://api-docs.deepseek.com/quick_start/pricing: 01:00-04:00 and 06:00-10:00 UTC, Monday to Friday
        windows = shipped["deepseek-v4-pro"].windows
        assert [(each.start, each.end) for each in windows] == [("01:00", "04:00"), ("06:00", "10:00")]
        assert {each.multiplier for each in windows} == {2}
        assert all(each.days == ["mon", "tue", "wed", "thu", "fri"] for each in windows)

    def test_knows_when_an_introductory_price_ends(self, shipped):
        # https://ai.google.dev/gemini-api/docs/pricing: Gemini 4 Argon, through Nov 30, 2026
        assert shipped["gemini-4-argon"].valid_until == date(2026, 11, 30)

    @pytest.mark.parametrize(
        ("name", "fast", "us"),
        [
            # https://platform.claude.com/docs/en/build-with-claude/fast-mode
            ("claude-opus-5-5", "2", "1.1"),
            ("claude-opus-5", "2", "1.1"),
            # https://support.claude.com/en/articles/15422948: Opus 4.6, Sonnet 4.6 and later models
            ("claude-opus-4-6", None, "1.1"),
            ("claude-sonnet-4-6", None, "1.1"),
            ("claude-haiku-5-5", None, "1.1"),
            ("claude-opus-4-5", None, None),
            ("claude-haiku-4-5", None, None),
        ],
    )
    def test_has_the_prices_of_speed_and_place(self, shipped, name, fast, us):
        found = shipped[name].service_tiers.get("fast"), shipped[name].inference_geos.get("us")
        assert found == tuple(each and Decimal(each) for each in (fast, us))


class TestReading:
    def test_takes_every_kind_of_price(self, read):
        full = entry(
            requestPrice="0.001",
            reasoningPrice="9",
            inputAudioPrice="40",
            outputImagePrice="30",
            toolPrices={"web_search": "0.01"},
            tiers=[{"abovePromptTokens": 200_000, "inputPrice": "4"}],
            serviceTiers={"batch": "0.5"},
            inferenceGeos={"us": "1.1"},
            windows=[{"days": ["mon"], "start": "16:30", "end": "00:30", "zone": "UTC", "multiplier": "0.5"}],
        )
        (model,) = read(full).models
        assert model.request_price == Decimal("0.001")
        assert model.tiers[0].input_price == 4
        assert model.windows[0].multiplier == Decimal("0.5")
        assert model.inference_geos == {"us": Decimal("1.1")}

    @pytest.mark.parametrize(
        ("changed", "place"),
        [
            ({"colour": "blue"}, "gpt-4.1.colour"),
            ({"inputPrice": "-1"}, "gpt-4.1.inputPrice"),
            ({"inputPrice": 2}, "gpt-4.1.inputPrice"),
            ({"inputPrice": "NaN"}, "gpt-4.1.inputPrice"),
            ({"inputPrice": "1e3"}, "gpt-4.1.inputPrice"),
            ({"inputPrice": None}, "gpt-4.1.inputPrice"),
            ({"inputPrice": "100000"}, "gpt-4.1.inputPrice"),
            ({"inputPrice": "0.0000000000001"}, "gpt-4.1.inputPrice"),
            ({"modelType": "image"}, "gpt-4.1.modelType"),
            ({"systemName": "gpt 4"}, "gpt 4.systemName"),
            ({"source": "http://openai.com/pricing"}, "gpt-4.1.source"),
            ({"source": None}, "gpt-4.1.source"),
            ({"sourcedAt": "yesterday"}, "gpt-4.1.sourcedAt"),
            ({"contextLimit": 0}, "gpt-4.1.contextLimit"),
            ({"contextLimit": 10**9}, "gpt-4.1.contextLimit"),
            ({"contextLimit": "128000"}, "gpt-4.1.contextLimit"),
            ({"outputLimit": 2_000_000}, "outputLimit must not exceed contextLimit"),
            ({"toolPrices": {"web_search": "-0.01"}}, "gpt-4.1.toolPrices.web_search"),
            ({"serviceTiers": {"batch": "0"}}, "gpt-4.1.serviceTiers.batch"),
            ({"inferenceGeos": {"us": "1.10001"}}, "gpt-4.1.inferenceGeos.us"),
            ({"inferenceGeos": {"US": "1.1"}}, "gpt-4.1.inferenceGeos.US"),
            ({"tiers": [{"abovePromptTokens": 200_000}]}, "a tier needs a price"),
            (
                {"tiers": [{"abovePromptTokens": 9, "inputPrice": "4"}] * 2},
                "tiers must be ascending and distinct",
            ),
            ({"tiers": [{"abovePromptTokens": 9, "requestPrice": "4"}]}, "gpt-4.1.tiers.0.requestPrice"),
        ],
    )
    def test_refuses_and_says_where(self, read, changed, place):
        with pytest.raises(CatalogError) as refused:
            read(entry(**changed))
        assert place in str(refused.value)

    @pytest.mark.parametrize(
        "changed", [{"days": []}, {"days": ["mon", "mon"]}, {"start": "24:00"}, {"zone": "Mars/Olympus"}]
    )
    def test_refuses_a_window_that_is_none(self, read, changed):
        window = {"days": ["mon"], "start": "16:30", "end": "00:30", "zone": "UTC", "multiplier": "0.5"}
        with pytest.raises(CatalogError, match=r"gpt-4\.1\.windows\.0"):
            read(entry(windows=[window | changed]))

    def test_refuses_a_model_listed_twice(self, read):
        with pytest.raises(CatalogError, match=r"listed twice: gpt-4\.1"):
            read(entry(), entry())

    def test_refuses_a_field_named_twice(self, tmp_path):
        path = tmp_path / "models.json"
        path.write_text('{"models": [{"inputPrice": "1", "inputPrice": "2"}]}')
        with pytest.raises(CatalogError, match="inputPrice twice"):
            shipped_prices.read(path)

    def test_says_that_a_file_is_not_there(self, tmp_path):
        with pytest.raises(CatalogError, match="can't be read"):
            shipped_prices.read(tmp_path / "none.json")


class TestStaleness:
    def test_prices_may_be_as_old_as_allowed(self, read):
        known = read(entry(sourcedAt="2026-08-25"))
        assert staleness.findings(known, WRITTEN, days=90) == []
        (finding,) = staleness.findings(known, WRITTEN, days=89)
        assert str(finding) == "gpt-4.1: its prices were read 90 days ago, on 2026-08-25"

    def test_prices_can_not_have_been_read_tomorrow(self, read):
        (finding,) = staleness.findings(read(entry(sourcedAt="2026-11-24")), WRITTEN)
        assert "a day in the future" in finding.problem

    def test_a_price_holds_on_its_last_day_and_not_after(self, read):
        known = read(entry(validUntil="2026-11-23"))
        assert staleness.findings(known, WRITTEN) == []
        (finding,) = staleness.findings(known, date(2026, 11, 24))
        assert finding.problem == "its prices ended on 2026-11-23"

    def test_expected_models_must_be_there(self, read):
        known = read(entry(), expected=["gpt-4.1", "gpt-5"])
        assert list(map(str, staleness.findings(known, WRITTEN))) == ["gpt-5: is missing"]

    def test_a_chat_model_needs_an_output_price_and_an_embedding_none(self, read):
        chat = entry(outputPrice=None)
        embedding = entry(systemName="embed", modelType="embedding", outputPrice=None, outputLimit=None)
        (finding,) = staleness.findings(read(chat, embedding), WRITTEN)
        assert str(finding) == "gpt-4.1: is a chat model without an output price"


class TestCheckCommand:
    @pytest.fixture(autouse=True)
    def today(self, monkeypatch):
        monkeypatch.setattr(command, "_today", lambda: WRITTEN)

    def test_ends_well_if_nothing_is_found(self, capsys):
        assert command.main(["check"]) == 0
        assert "models have prices read in the last 90 days." in capsys.readouterr().out

    def test_prints_what_it_finds(self, capsys):
        assert command.main(["check", "--days", "0"]) == 1
        assert "gpt-5: its prices were read 40 days ago, on 2026-10-14" in capsys.readouterr().out

    def test_says_what_is_wrong_with_a_file(self, tmp_path, capsys):
        path = tmp_path / "models.json"
        path.write_text("{}")
        assert command.main(["--file", str(path), "check"]) == 1
        assert "models: Field required" in capsys.readouterr().err
