from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.ops.catalog import __main__ as command
from infra.ops.catalog import litellm
from tollgate import money
from tollgate_admin.catalog.shipped import shipped_prices
from tollgate_admin.catalog.shipped.shipped_prices import CatalogError

TODAY = date(2026, 11, 23)

# A made-up model, priced in the map's way.
LISTED = {
    "litellm_provider": "acme",
    "mode": "chat",
    "input_cost_per_token": 1.5e-07,
    "output_cost_per_token": 6e-07,
    "max_input_tokens": 128000,
    "max_output_tokens": 16384,
    "supports_vision": True,
}


def convert(listed, name="acme-1", **options):
    return litellm.convert(litellm.parse(json.dumps({name: listed})), TODAY, **options)


def converted(**changed):
    result = convert({name: value for name, value in (LISTED | changed).items() if value is not None})
    assert result.refused == []
    (entry,) = result.entries
    return entry


def refusal(**changed):
    result = convert({name: value for name, value in (LISTED | changed).items() if value is not None})
    assert result.entries == []
    ((_, reason),) = result.refused
    return reason


def prices(entry):
    """The price fields that the entry has, as they go over the wire."""
    fields = entry.prices().items()
    return {name: value for name, value in fields if value not in (None, [], {}) and name != "requestPrice"}


def test_a_tokens_price_becomes_a_millions_exactly():
    assert prices(converted()) == {"inputPrice": "0.15", "outputPrice": "0.6"}


def test_an_entry_has_names_limits_and_the_day_of_import():
    entry = converted(source="https://acme.example/pricing")
    assert (entry.system_name, entry.vendor, entry.model_type) == ("acme-1", "acme", "chat")
    assert (entry.context_limit, entry.output_limit) == (128_000, 16_384)
    assert (entry.source, entry.sourced_at) == ("https://acme.example/pricing", TODAY)


def test_the_providers_prefix_is_no_part_of_a_name():
    (entry,) = convert(LISTED, name="acme/acme-1").entries
    assert entry.system_name == "acme-1"


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("cache_read_input_token_cost", "cachedInputPrice"),
        ("cache_creation_input_token_cost", "cacheWritePrice"),
        ("cache_creation_input_token_cost_above_1hr", "cacheWrite1hPrice"),
        ("output_cost_per_reasoning_token", "reasoningPrice"),
        ("input_cost_per_audio_token", "inputAudioPrice"),
        ("output_cost_per_audio_token", "outputAudioPrice"),
        ("input_cost_per_image_token", "inputImagePrice"),
        ("output_cost_per_image_token", "outputImagePrice"),
    ],
)
def test_every_class_of_tokens_has_its_price(key, field):
    assert prices(converted(**{key: 2.5e-09}))[field] == "0.0025"


def test_reasoning_at_outputs_price_has_none_of_its_own():
    assert "reasoningPrice" not in prices(converted(output_cost_per_reasoning_token=6e-07))


def test_reasoning_keeps_its_price_in_a_tier_if_it_has_one_below():
    entry = converted(
        output_cost_per_reasoning_token=9e-07,
        output_cost_per_token_above_128k_tokens=1.2e-06,
        output_cost_per_reasoning_token_above_128k_tokens=1.2e-06,
    )
    assert prices(entry)["tiers"][0]["reasoningPrice"] == "1.2"


def test_long_prompts_become_tiers_in_order():
    entry = converted(
        input_cost_per_token_above_200k_tokens=6e-07,
        input_cost_per_token_above_128k_tokens=3e-07,
        output_cost_per_token_above_200k_tokens=1.2e-06,
        cache_creation_input_token_cost=2e-07,
        cache_creation_input_token_cost_above_1hr_above_200k_tokens=8e-07,
    )
    assert prices(entry)["tiers"] == [
        {"abovePromptTokens": 128_000, "inputPrice": "0.3"},
        {"abovePromptTokens": 200_000, "inputPrice": "0.6", "outputPrice": "1.2", "cacheWrite1hPrice": "0.8"},
    ]


@pytest.mark.parametrize(
    ("suffix", "name"), [("batches", "batch"), ("flex", "flex"), ("priority", "priority")]
)
def test_a_uniform_service_tier_becomes_a_multiplier(suffix, name):
    entry = converted(
        cache_read_input_token_cost=1.5e-08,
        input_cost_per_token_above_200k_tokens=3e-07,
        **{
            f"input_cost_per_token_{suffix}": 2.7e-07,
            f"output_cost_per_token_{suffix}": 1.08e-06,
            f"cache_read_input_token_cost_{suffix}": 2.7e-08,
            f"input_cost_per_token_above_200k_tokens_{suffix}": 5.4e-07,
        },
    )
    assert prices(entry)["serviceTiers"] == {name: "1.8"}


@pytest.mark.parametrize(
    "tier",
    [
        pytest.param({"input_cost_per_token_flex": 7.5e-08}, id="output at full price"),
        pytest.param({"output_cost_per_token_flex": 3e-07}, id="input at full price"),
        pytest.param(
            {"input_cost_per_token_flex": 7.5e-08, "output_cost_per_token_flex": 4e-07}, id="two multiples"
        ),
        pytest.param({"input_cost_per_token_flex": 5e-08, "output_cost_per_token_flex": 2e-07}, id="a third"),
        pytest.param(
            {
                "input_cost_per_token_flex": 7.5e-08,
                "output_cost_per_token_flex": 3e-07,
                "input_cost_per_audio_token_flex": 1e-07,
            },
            id="a price that is usually none",
        ),
        pytest.param(
            {
                "input_cost_per_token_flex": 7.5e-08,
                "output_cost_per_token_flex": 3e-07,
                "input_cost_per_token_above_200k_tokens": 3e-07,
            },
            id="long prompts unsaid",
        ),
    ],
)
def test_a_service_tier_that_is_not_one_multiple_refuses_the_model(tier):
    assert refusal(**tier) == "its flex prices are not a single multiple of the standard prices"


def test_web_search_has_a_price_a_call():
    search = {"search_context_size_low": 0.01, "search_context_size_medium": 0.01}
    assert prices(converted(search_context_cost_per_query=search))["toolPrices"] == {"web_search": "0.01"}


def test_web_search_at_several_prices_refuses_the_model():
    search = {"search_context_size_low": 0.01, "search_context_size_high": 0.02}
    assert "differs by the size" in refusal(search_context_cost_per_query=search)


@pytest.mark.parametrize(
    "fee",
    [
        {"input_cost_per_image": 0.001},
        {"input_cost_per_token_ultrafast": 9e-07},
        {"tiered_pricing": [{"range": [0, 32000], "input_cost_per_token": 1e-06}]},
        {"off_peak_pricing": {"input_cost_per_token": 1e-07}},
        {"regional_processing_uplift_multiplier_eu": 1.1},
        {"provider_specific_entry": {"us": 1.1, "moon": 2}},
    ],
)
def test_a_fee_that_no_field_can_say_refuses_the_model(fee):
    assert refusal(**fee) == f"the catalog has no field for {next(iter(fee))}"


def test_the_surcharges_of_a_speed_and_a_place_become_multipliers():
    found = prices(converted(provider_specific_entry={"us": 1.1, "fast": 6.0, "beta": True}))
    assert (found["serviceTiers"], found["inferenceGeos"]) == ({"fast": "6"}, {"us": "1.1"})


def test_a_fee_can_be_left_out_by_name_and_by_ending():
    listed = LISTED | {"input_cost_per_image": 0.001, "input_cost_per_token_flex": 7.5e-08}
    (entry,) = convert(listed, leave_out=["input_cost_per_image", "flex"]).entries
    assert prices(entry) == {"inputPrice": "0.15", "outputPrice": "0.6"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"input_cost_per_token": None}, "it has no input price"),
        ({"input_cost_per_token": 0, "output_cost_per_token": 0}, "its prices are all zero"),
        ({"input_cost_per_token": -1e-07}, "inputPrice"),
        ({"input_cost_per_token": "free"}, "input_cost_per_token is not a number"),
        ({"input_cost_per_token": 1.0000000000000002e-07}, "inputPrice: Decimal input should have no more"),
        ({"source": "somewhere"}, "source"),
    ],
)
def test_what_has_no_exact_price_is_refused_with_the_reason(changed, reason):
    assert reason in refusal(**changed)


def test_embeddings_have_no_limit_of_output():
    entry = converted(mode="embedding", output_cost_per_token=0.0, max_input_tokens=8191.0)
    assert prices(entry) == {"inputPrice": "0.15", "outputPrice": "0"}
    assert (entry.model_type, entry.context_limit, entry.output_limit) == ("embedding", 8191, None)


def test_other_modes_and_vendors_are_passed_over():
    price_map = {
        "sample_spec": {"mode": "one of chat, embedding"},
        "acme-1": LISTED,
        "acme-paint": LISTED | {"mode": "image_generation"},
        "acme-draw": LISTED | {"mode": "image_generation"},
        "other": LISTED | {"litellm_provider": "globex"},
    }
    result = litellm.convert(litellm.parse(json.dumps(price_map)), TODAY, vendors=["acme"])
    assert [entry.system_name for entry in result.entries] == ["acme-1"]
    assert result.other_modes == {"image_generation": 2}
    assert result.refused == []


def test_a_name_is_taken_once():
    result = litellm.convert(litellm.parse(json.dumps({"acme-1": LISTED, "acme/acme-1": LISTED})), TODAY)
    assert len(result.entries) == 1
    assert result.refused == [("acme/acme-1", "another entry already has the name acme-1")]


@given(st.decimals(min_value=0, max_value=1000, places=8))
def test_no_price_is_rounded(price):
    text = json.dumps({"acme-1": LISTED | {"output_cost_per_token": "PRICE"}})
    price_map = litellm.parse(text.replace('"PRICE"', format(price.scaleb(-6), "E")))
    (entry,) = litellm.convert(price_map, TODAY).entries
    assert entry.output_price == price
    assert Decimal(money.to_string(entry.output_price)) == price


@pytest.mark.parametrize("text", ["", "[]", '{"acme-1": {"input_cost_per_token": NaN}}'])
def test_what_is_no_price_map_is_refused(text):
    with pytest.raises(CatalogError, match="the price map is not"):
        litellm.parse(text)


class TestImportCommand:
    @pytest.fixture
    def price_map(self, tmp_path):
        path = tmp_path / "map.json"
        fields = {
            "acme-1": LISTED,
            "acme-2": LISTED | {"input_cost_per_image": 1},
            "say": {"mode": "audio_speech"},
        }
        path.write_text(json.dumps(fields))
        return path

    def test_writes_a_catalog_that_can_be_read(self, price_map, tmp_path, capsys):
        output = tmp_path / "models.json"
        assert command.main(["import-litellm", str(price_map), "-o", str(output)]) == 0
        assert [entry.system_name for entry in shipped_prices.read(output).models] == ["acme-1"]
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.splitlines() == [
            "acme-2: the catalog has no field for input_cost_per_image",
            "1 models of mode audio_speech skipped",
            "1 models converted, 1 refused.",
        ]

    def test_writes_only_what_an_entry_has(self, price_map, capsys):
        command.main(["import-litellm", str(price_map), "--vendor", "acme"])
        (model,) = json.loads(capsys.readouterr().out)["models"]
        assert model["inputPrice"] == "0.15"
        assert not {"tiers", "requestPrice", "windows"} & set(model)

    def test_says_that_there_is_no_such_file(self, tmp_path, capsys):
        assert command.main(["import-litellm", str(tmp_path / "none.json")]) == 1
        assert "can't be read" in capsys.readouterr().err
