"""`tollgate models`, `prices`, `providers`, `catalog` and `openapi`: what they send and show."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.support.cli_runner import SIGNED_IN, URL, Gateway, page, run
from tests.support.shown_rows import row
from tollgate_admin.catalog.shipped import import_schemas, shipped_prices
from tollgate_admin.catalog.shipped.import_schemas import ImportEntry
from tollgate_cli.commands.catalog import catalog_commands, catalog_files
from tollgate_cli.commands.catalog.price_views import RATES

MODEL = "mdl_0123456789abcdef0123"
PROVIDER = "prv_0123456789abcdef0123"
ADMIN = "/api/admin"
MODELS, PROVIDERS = f"GET {ADMIN}/models", f"GET {ADMIN}/providers"
SECRET = "sk-the-providers-own-key"
SHIPPED = catalog_files.entries(str(shipped_prices.SHIPPED), None)
NO_PRICES = dict.fromkeys(name for name, _ in RATES)


def model(**fields):
    return row(
        "ModelView",
        **NO_PRICES
        | {
            "id": MODEL, "systemName": "gpt-5.5", "remoteId": "gpt-5.5", "providerId": PROVIDER,
            "alternatives": [],
            "inputPrice": "1.25", "outputPrice": "10", "priced": True, "requestPrice": "0", "toolPrices": {},
            "tiers": [], "serviceTiers": {}, "serviceTierPrices": {}, "inferenceGeos": {}, "windows": [],
        }
        | fields,
    )  # fmt: skip


def provider(**fields):
    return row(
        "ProviderView", **{"id": PROVIDER, "name": "openai", "vendor": "openai", "hasApiKey": True, **fields}
    )


def catalog_of(answers):
    return Gateway({PROVIDERS: page(provider()), **answers})


def wide_lines(text, width=80):
    return [line for line in text.splitlines() if len(line) > width]


def test_models_are_listed_with_their_prices():
    long = "a-model-with-a-name-that-is-longer-than-what-fits"
    gateway = Gateway(
        {
            MODELS: page(model(), model(systemName=long, remoteId=long, priced=False, inputPrice=None)),
            PROVIDERS: page(provider()),
        }
    )
    ran = run("models", "list", "--no-color", gateway=gateway, terminal=True)
    assert wide_lines(ran.stdout) == []
    first, second = ran.stdout.splitlines()[1:]
    assert first.split()[-3:] == ["openai", "$1.25", "$10.00"]
    assert second.split()[-2:] == ["none", "$10.00"]


def test_models_are_filtered():
    gateway = Gateway({MODELS: page()})
    run(
        "models",
        "list",
        "--search",
        "gpt",
        "--provider",
        PROVIDER,
        "--not-priced",
        "--managed-by",
        "p",
        gateway=gateway,
    )
    assert gateway.lines == [f"{MODELS}?search=gpt&providerId={PROVIDER}&priced=false&managedBy=p"]


def test_a_model_is_found_by_its_exact_name():
    other = model(systemName="gpt-5.5-mini", id="mdl_other")
    gateway = Gateway(
        {MODELS: page(other, model()), f"{MODELS}/{MODEL}": model(), PROVIDERS: page(provider())}
    )
    ran = run("models", "show", "gpt-5.5", gateway=gateway)
    assert ran.code == 0, ran.stderr
    assert gateway.lines == [f"{MODELS}?search=gpt-5.5", f"{MODELS}/{MODEL}", PROVIDERS]
    assert "gpt-5.5 at openai\n" in ran.stdout


@pytest.mark.parametrize(
    "words", [["models", "show", "gpt"], ["prices", "list", "gpt"], ["providers", "show", "gpt"]]
)
def test_a_name_that_nothing_has_is_not_found(words):
    gateway = Gateway({MODELS: page(model()), PROVIDERS: page(provider())})
    ran = run(*words, gateway=gateway)
    assert (ran.code, ran.stdout, len(gateway.lines)) == (4, "", 1)
    assert '"gpt" was not found.' in ran.stderr


def test_all_of_a_models_prices_are_shown():
    tier = NO_PRICES | {"abovePromptTokens": 200_000, "inputPrice": "2.5"}
    window = {"days": ["sat"], "start": "00:00", "end": "24:00", "zone": "UTC", "multiplier": "0.5"}
    shown = model(
        cachedInputPrice="0.125", requestPrice="0.01", toolPrices={"web_search": "0.02"}, tiers=[tier],
        serviceTiers={"batch": "0.5"}, inferenceGeos={"us": "1.1"}, windows=[window],
        serviceTierPrices={"priority": NO_PRICES | {"outputPrice": "20"}},
    )  # fmt: skip
    text = run("models", "show", MODEL, gateway=catalog_of({f"{MODELS}/{MODEL}": shown})).stdout
    for part in (
        "input $1.25, cached input $0.125, output $10.00", "each request $0.01", "a call of web_search $0.02",
        "above 200,000 tokens: input $2.50", "batch times 0.5", "priority: output $20.00", "in us times 1.1",
        "sat 00:00 to 24:00 (UTC) times 0.5",
    ):  # fmt: skip
        assert part in text


def test_a_wildcard_without_prices_of_its_own_has_those_of_the_catalog():
    star = model(systemName="openai/*", inputPrice=None, outputPrice=None, priceVersion=None)
    text = run("models", "show", MODEL, gateway=catalog_of({f"{MODELS}/{MODEL}": star})).stdout
    assert "by the shipped catalog" in text
    assert "refused" not in text


def test_creating_a_model_looks_its_provider_up():
    gateway = Gateway({PROVIDERS: page(provider()), f"POST {ADMIN}/models": model()})
    ran = run(
        "models", "create", "--name", "gpt-5.5", "--type", "chat", "--provider", "openai",
        "--input-price", "$1.250",
        "--tool-prices", "web_search=0.01", "--cache-write-1h-price", "none", gateway=gateway,
    )  # fmt: skip
    assert ran.code == 0, ran.stderr
    assert gateway.bodies[1] == {
        "systemName": "gpt-5.5", "modelType": "chat", "providerId": PROVIDER, "inputPrice": "1.250",
        "toolPrices": {"web_search": "0.01"}, "cacheWrite1hPrice": None,
    }  # fmt: skip


def test_an_edit_goes_by_the_revision_that_is_named():
    changed = httpx.Response(412, json={"title": "Changed", "status": 412, "detail": "It is at revision 4."})
    gateway = Gateway({f"PATCH {ADMIN}/models/{MODEL}": changed})
    ran = run("models", "edit", MODEL, "--output-limit", "9", "--if-match", "3", gateway=gateway)
    assert (ran.code, gateway.bodies, gateway.requests[0].headers["if-match"]) == (
        5,
        [{"outputLimit": 9}],
        '"3"',
    )


@pytest.mark.parametrize(
    "words",
    [
        ["models", "edit", MODEL],
        ["models", "edit", MODEL, "--input-price", "cheap"],
        ["models", "create", "--name", "x"],
        ["models", "create", "--name", "x", "--type", "speech", "--provider", PROVIDER],
        ["models", "edit", MODEL, "--tiers", "{"],
        ["models", "delete", MODEL],
        ["prices", "set", MODEL],
        ["providers", "delete", PROVIDER],
        ["providers", "create", "--name", "x", "--type", "openai", "--base-url", "https://api.example.com"],
        ["providers", "set-key", PROVIDER],
        ["providers", "set-key", PROVIDER, "--api-key-stdin"],
        ["providers", "set-key", PROVIDER, "--api-key-env", "NOT_SET_ANYWHERE"],
        ["providers", "check-key", PROVIDER, "--api-key-stdin", "--api-key-env", "X"],
        ["catalog", "load", PROVIDER, "gpt-5.5", "--update", "--replace"],
        ["catalog", "load", PROVIDER, "--file", "/nowhere/catalog.json"],
        ["catalog", "list", PROVIDER, "--state", "old"],
        ["openapi", "--api", "other"],
    ],
)
def test_wrong_use_sends_nothing(words):
    gateway = Gateway()
    ran = run(*words, gateway=gateway)
    assert (ran.code, gateway.lines, ran.stdout) == (2, [], "")
    assert ran.stderr


def test_prices_have_all_versions():
    plain = NO_PRICES | _plain()
    versions = [
        row(
            "VersionView",
            **{**plain, "providerId": PROVIDER, "inputPrice": "1", "cachedInputPrice": "0.1"},
        ),
        row(
            "VersionView",
            **{**plain, "inputPrice": "2", "effectiveAt": "2026-12-01T00:00:00Z"},
        ),
    ]
    ran = run("prices", "list", MODEL, gateway=catalog_of({f"{MODELS}/{MODEL}/prices": page(*versions)}))
    first, second = ran.stdout.splitlines()[1:]
    assert first.endswith("cached input $0.10")
    assert "  openai  " in first
    assert second.startswith("2026-12-01 00:00")


def _plain():
    names = (
        "requestPrice",
        "toolPrices",
        "tiers",
        "serviceTiers",
        "serviceTierPrices",
        "inferenceGeos",
        "windows",
    )
    return {name: model()[name] for name in names}


def test_prices_of_a_moment_to_come_are_announced():
    gateway = Gateway({f"PATCH {ADMIN}/models/{MODEL}": model()})
    at = "2026-12-01T00:00:00Z"
    ran = run("prices", "set", MODEL, "--output-price", "8", "--effective-at", at, gateway=gateway)
    assert gateway.bodies == [{"outputPrice": "8", "effectiveAt": at}]
    assert at in ran.stderr


def test_deleting_asks_for_the_name():
    gateway = Gateway({MODELS: page(model()), f"DELETE {ADMIN}/models/{MODEL}": httpx.Response(204)})
    ran = run("models", "delete", "gpt-5.5", gateway=gateway, terminal=True, stdin="gpt-5\n")
    assert (ran.code, gateway.lines) == (1, [])
    ran = run("models", "delete", "gpt-5.5", gateway=gateway, terminal=True, stdin="gpt-5.5\n")
    assert (ran.code, gateway.lines[-1]) == (0, f"DELETE {ADMIN}/models/{MODEL}")


CREATE = [
    "providers",
    "create",
    "--name",
    "openai",
    "--type",
    "openai",
    "--base-url",
    "https://api.example.com/v1",
]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["--api-key-stdin"], {"stdin": f"{SECRET}\n"}),
        (["--api-key-env", "KEY_OF_OPENAI"], {"environment": {**SIGNED_IN, "KEY_OF_OPENAI": SECRET}}),
        ([], {"stdin": f"{SECRET}\n", "terminal": True}),
    ],
)
def test_a_providers_key_comes_by_stdin_variable_or_question(words, given):
    gateway = Gateway({f"POST {ADMIN}/providers": provider()})
    ran = run(*CREATE, *words, gateway=gateway, **given)
    assert ran.code == 0, ran.stderr
    assert gateway.bodies[0]["apiKey"] == SECRET
    assert SECRET not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("auth_header", "told"), [("none", "none"), ("aws_sigv4", "role"), ("aws_bearer", "role")]
)
def test_a_provider_without_a_key_of_its_own_is_asked_for_none(auth_header, told):
    gateway = Gateway({f"POST {ADMIN}/providers": provider(hasApiKey=False, authHeader=auth_header)})
    ran = run(*CREATE, "--auth-header", auth_header, gateway=gateway)
    assert (ran.code, told in ran.stdout) == (0, True)
    assert "apiKey" not in gateway.bodies[0]


def test_a_key_that_is_a_document_may_be_written_in_lines():
    gateway = Gateway({f"POST {ADMIN}/providers": provider(authHeader="google")})
    document = '{\n  "type": "service_account",\n  "private_key": "-----BEGIN PRIVATE KEY-----\\nMII"\n}\n'
    ran = run(*CREATE, "--auth-header", "google", "--api-key-stdin", stdin=document, gateway=gateway)
    assert (ran.code, "for tokens of google" in ran.stdout) == (0, True)
    assert "\n" not in gateway.bodies[0]["apiKey"]
    assert json.loads(gateway.bodies[0]["apiKey"]) == json.loads(document)


def test_a_provider_gets_another_key():
    gateway = Gateway({f"PATCH {ADMIN}/providers/{PROVIDER}": provider()})
    ran = run("providers", "set-key", PROVIDER, "--api-key-stdin", stdin=SECRET, gateway=gateway)
    assert (ran.code, gateway.bodies) == (0, [{"apiKey": SECRET}])


@pytest.mark.parametrize(("matches", "code"), [(True, 0), (False, 1)])
def test_a_providers_key_is_compared(matches, code):
    gateway = Gateway({f"POST {ADMIN}/providers/{PROVIDER}/api-key/check": {"matches": matches}})
    ran = run("providers", "check-key", PROVIDER, "--api-key-stdin", "--json", stdin=SECRET, gateway=gateway)
    assert (ran.code, ran.json, gateway.bodies) == (code, {"matches": matches}, [{"apiKey": SECRET}])


def test_a_provider_that_does_not_answer_ends_with_1():
    found = row("ProviderTest", ok=False, status=401, message="The key is refused.", modelCount=None)
    gateway = Gateway({f"POST {ADMIN}/providers/{PROVIDER}/test": found})
    ran = run("providers", "test", PROVIDER, gateway=gateway)
    assert ran.code == 1
    assert "The key is refused." in ran.stdout


def test_a_test_shows_which_apis_were_found():
    apis = [
        row("ApiTest", api=api, baseUrl="https://a.example.com/v1", spoken=True, found=found, message=message)
        for api, found, message in (
            ("chat", True, "It is there."),
            ("responses", False, "It isn't there (404)."),
            ("images", None, "The provider is limiting requests (429)."),
        )
    ]
    found = row("ProviderTest", ok=True, modelCount=3, apis=apis)
    gateway = Gateway({f"POST {ADMIN}/providers/{PROVIDER}/test": found})
    ran = run("providers", "test", PROVIDER, gateway=gateway)
    assert ran.code == 0
    told = {line.split()[0]: line.split()[2] for line in ran.stdout.splitlines() if "example.com" in line}
    assert told == {"chat": "yes", "responses": "no", "images": "unknown"}
    assert run("providers", "test", PROVIDER, "--json", gateway=gateway).json == found


CATALOG = f"{PROVIDERS}/{PROVIDER}/catalog"
IMPORT = f"POST {ADMIN}/providers/{PROVIDER}/catalog/import"


def entry(name, state="new", **fields):
    priced = row("PriceView", **{**NO_PRICES, **_plain(), "inputPrice": "2", "outputPrice": "8"})
    return row(
        "CatalogEntryView", **{"systemName": name, "state": state, "after": priced, "stale": False, **fields}
    )


def imported(request):
    body = json.loads(request.content)
    names = body.get("systemNames") or [each["systemName"] for each in body["entries"]]
    data = [row("ImportedView", systemName=each, outcome="created", detail=None, errors=[]) for each in names]
    return httpx.Response(200, json={"data": data})


def test_the_catalog_is_listed_and_filtered():
    gateway = Gateway({CATALOG: page(entry("gpt-5.5", "price_changed", stale=True, validUntil="2026-12-31"))})
    ran = run("catalog", "list", PROVIDER, "--vendor", "openai", "--state", "price_changed", gateway=gateway)
    assert gateway.lines == [f"{CATALOG}?vendor=openai&state=price_changed"]
    assert ran.stdout.splitlines()[1].split()[-5:] == ["$2.00", "$8.00", "stale,", "until", "2026-12-31"]


def test_a_preview_says_what_would_change():
    before = row(
        "PriceView", **{**NO_PRICES, **_plain(), "inputPrice": "2", "outputPrice": "9", "requestPrice": "1"}
    )
    entries = page(entry("new"), entry("same", "unchanged"), entry("dearer", "price_changed", before=before))
    gateway = Gateway({f"{PROVIDERS}/{PROVIDER}": provider(), CATALOG: entries})
    lines = run("catalog", "preview", PROVIDER, gateway=gateway).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["Model", "new", "dearer"]
    assert lines[2].endswith("is updated by --update  output $9.00 -> $8.00, what else decides the price")
    assert gateway.lines[1] == f"{CATALOG}?vendor=openai"


def test_a_preview_of_a_name_that_the_catalog_lacks():
    gateway = Gateway({CATALOG: page(entry("gpt-5.5"))})
    assert run("catalog", "preview", PROVIDER, "gpt-9", gateway=gateway).code == 4


def test_models_are_loaded_in_batches():
    entries = page(*(entry(f"model-{number}") for number in range(60)), entry("theirs", "elsewhere"))
    gateway = Gateway({f"{PROVIDERS}/{PROVIDER}": provider(), CATALOG: entries, IMPORT: imported})
    ran = run("catalog", "load", PROVIDER, "--update", gateway=gateway)
    assert ran.code == 0, ran.stderr
    sent = [body for body in gateway.bodies if body]
    assert [(len(body["systemNames"]), body["existing"]) for body in sent] == [(50, "update"), (10, "update")]
    assert ran.stderr == "60 models: 60 created.\n"


def test_a_batch_is_no_larger_than_the_api_takes():
    assert catalog_commands.BATCH <= import_schemas.MAX_ENTRIES


@pytest.mark.parametrize("entry", shipped_prices.read().models, ids=lambda entry: entry.system_name)
def test_a_file_as_the_shipped_one_is_sent_as_it_would_be_imported(entry):
    (sent,) = (each for each in SHIPPED if each["systemName"] == entry.system_name)
    assert ImportEntry.model_validate(sent) == ImportEntry.model_validate(entry.imported())


def test_a_fault_between_batches_tells_what_was_done():
    answers = [imported, httpx.Response(409, json={"title": "Conflict", "status": 409, "detail": "Not now."})]

    def next_answer(request):
        answer = answers.pop(0)
        return answer(request) if callable(answer) else answer

    entries = page(*(entry(f"model-{number}") for number in range(60)))
    gateway = Gateway({CATALOG: entries, IMPORT: next_answer})
    ran = run("catalog", "load", PROVIDER, "--vendor", "openai", gateway=gateway)
    assert ran.code == 5
    assert len(ran.stdout.splitlines()) == 51
    assert ran.stderr == "50 models: 50 created.\nError: Not now.\n"


def test_a_model_that_is_refused_ends_with_1():
    errors = [{"field": "inputPrice", "message": "must be given"}]
    refused = row(
        "ImportedView", systemName="x", outcome="refused", detail="It can't be taken.", errors=errors
    )
    gateway = Gateway({IMPORT: {"data": [refused]}})
    ran = run("catalog", "load", PROVIDER, "x", gateway=gateway)
    assert ran.code == 1
    assert "refused  It can't be taken. (inputPrice: must be given)" in ran.stdout


def test_a_catalog_of_ones_own_keeps_its_digits(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(
        '{"models": [{"systemName": "a", "vendor": "v", "inputPrice": 0.10}, {"systemName": "b"}]}'
    )
    gateway = Gateway({IMPORT: imported})
    ran = run("catalog", "load", PROVIDER, "a", "--file", str(file), "--replace", gateway=gateway)
    assert ran.code == 0, ran.stderr
    assert gateway.bodies == [{"entries": [{"systemName": "a", "inputPrice": "0.10"}], "existing": "replace"}]


@pytest.mark.parametrize("text", ["{", '{"models": 1}', '[{"name": "a"}]', "[]", '[{"systemName": "b"}]'])
def test_a_file_that_is_no_catalog_sends_nothing(text):
    gateway = Gateway()
    ran = run("catalog", "load", PROVIDER, "a", "--file", "-", stdin=text, gateway=gateway)
    assert (ran.code, gateway.lines) == (2, [])


def test_the_openapi_document_needs_no_token():
    gateway = Gateway({f"GET {ADMIN}/openapi.json": {"openapi": "3.1.0"}})
    ran = run("openapi", "--api", "client", gateway=gateway, environment={"TOLLGATE_URL": URL})
    assert (ran.code, ran.json) == (0, {"openapi": "3.1.0"})
    assert gateway.lines == [f"GET {ADMIN}/openapi.json?api=client"]
    assert "authorization" not in gateway.requests[0].headers


def test_providers_have_no_ids_where_urls_would_be_cut_for_them():
    gateway = Gateway({PROVIDERS: page(provider(baseUrl="https://llm.example.com/providers/openai/v1"))})
    narrow = run("providers", "list", gateway=gateway, terminal=True).stdout
    assert "https://llm.example.com/providers/openai/v1" in narrow
    assert PROVIDER not in narrow
    assert PROVIDER in run("providers", "list", gateway=gateway).stdout
