"""Each API of the registry says all that the gateway asks of one."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support.builders import provider
from tollgate.catalog import catalog
from tollgate.ledger import records
from tollgate_proxy.apis import registry
from tollgate_proxy.apis.base import Api
from tollgate_proxy.apis.registry import APIS

IDS = [str(api) for api in APIS]


@pytest.mark.parametrize("api", APIS, ids=IDS)
def test_an_api_has_a_name_a_route_and_words_for_its_answers_and_models(api):
    assert api.path.startswith("/")
    assert all((api.name, api.noun, api.prompt_member))
    assert api.model_noun.startswith(("a ", "an "))
    assert isinstance(api.wire_format, catalog.ProviderType)
    assert isinstance(api.model_type, catalog.ModelType)
    assert isinstance(api.record_kind, records.RecordKind)


def test_what_could_make_a_call_cost_more_than_is_held_has_no_default():
    said = {"output_limit", "runs_in_background", "forces_usage", "figures_of", "report_of", "is_whole"}
    assert said <= Api.__abstractmethods__
    assert not hasattr(Api, "model_type")


@pytest.mark.parametrize("api", [api for api in APIS if not api.model_type.has_output], ids=str)
def test_an_api_without_output_has_none_to_limit(api):
    assert {api.output_limit({}, made) for made in (provider(), provider(type=api.wire_format))} == {None}


@pytest.mark.parametrize("what", ["name", "path"])
def test_no_two_apis_share_a_name_or_a_route(what):
    ((_, most),) = Counter(getattr(api, what) for api in APIS).most_common(1)
    assert most == 1


def test_what_a_body_is_meant_for_is_told_by_a_member_of_its_own():
    fits = Counter((api.model_type, api.wire_format, api.prompt_member) for api in APIS)
    assert set(fits.values()) == {1}


@pytest.mark.parametrize("api", APIS, ids=IDS)
def test_an_answer_of_nothing_is_no_completion_and_has_no_tokens(api):
    assert not api.is_whole({}, lambda: False)
    assert api.tokens_of(api.generated_in({})) == 0
    assert not api.figures_of({}).tells_completion


@pytest.mark.parametrize("api", APIS, ids=IDS)
def test_a_stream_of_nothing_has_neither_begun_nor_ended(api):
    meter = api.stream_meter({})
    assert meter.feed(b": waiting\n\n") == b": waiting\n\n"
    assert not meter.ends.has_ended
    assert not meter.failed


@pytest.mark.parametrize("api", APIS, ids=IDS)
def test_an_error_ends_a_stream(api):
    error = {"type": "server_error", "code": "cut_short", "message": "It broke off.", "param": None}
    body = {"error": error} if api is not registry.MESSAGES else {"type": "error", "error": error}
    meter = api.stream_meter({})
    meter.feed(api.error_event(body))
    assert meter.failed
    assert meter.ends.is_closed
