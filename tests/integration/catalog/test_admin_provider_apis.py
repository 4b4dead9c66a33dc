"""The APIs of a provider through the admin API: stated, followed, told in the audit, and never a leak."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.admin_client import PROVIDER
from tests.support.bare_server import serving

HOST = "https://api.example.com"
OTHER = "https://elsewhere.example.com"
ALL_OF_OPENAI = ["chat", "responses", "embeddings", "images"]


def endpoint(api: str, base_url: str = f"{HOST}/v1", header: str = "authorization") -> dict:
    return {"api": api, "baseUrl": base_url, "authHeader": header}


def refusals(answer) -> dict:
    assert answer.status == 422, answer.text
    return answer.errors


def test_a_provider_shows_what_it_speaks_and_whether_that_was_stated(admin):
    created = admin.provider()
    assert (created["apisStated"], [each["api"] for each in created["apis"]]) == (False, ALL_OF_OPENAI)
    assert created["apis"][0] == endpoint("chat")

    path = f"/providers/{created['id']}"
    stated = admin("PATCH", path, {"apis": [{"api": "messages"}, {"api": "chat"}]}).json
    assert (stated["apisStated"], stated["apis"]) == (True, [endpoint("chat"), endpoint("messages")])
    assert admin("GET", path).json == stated
    assert admin("PATCH", path, {"streamUsage": "always"}).json["apis"] == stated["apis"]
    shown = admin("PATCH", path, {"apis": stated["apis"], "baseUrl": stated["baseUrl"]}).json
    assert shown["revision"] == admin("GET", path).json["revision"]
    assert admin("PATCH", path, {"apis": created["apis"]}).json["apisStated"] is False
    assert admin("PATCH", path, {"apis": [{"api": "chat"}]}).json["apisStated"] is True
    unstated = admin("PATCH", path, {"apis": None}).json
    assert (unstated["apisStated"], unstated["apis"]) == (False, created["apis"])


def test_each_apis_base_url_is_stored_as_calls_need_it(admin):
    made = admin.provider(
        baseUrl="https://api.deepseek.com",
        apis=[
            {"api": "messages"},
            {"api": "responses", "baseUrl": f"{OTHER}/v1/responses", "authHeader": "api-key"},
            {"api": "chat", "baseUrl": "https://api.deepseek.com/chat/completions/"},
        ],
    )
    assert made["apis"] == [
        endpoint("chat", "https://api.deepseek.com"),
        endpoint("responses", f"{OTHER}/v1", "api-key"),
        endpoint("messages", "https://api.deepseek.com/anthropic/v1", "x-api-key"),
    ]


def test_what_is_shown_is_taken_where_a_host_is_all_there_is(admin):
    """A route behind it said that there is no version: without one, the host would get it."""
    host = "https://root.example.com"
    api = {"api": "responses", "baseUrl": f"{OTHER}/responses"}
    made = admin.provider(baseUrl=f"{host}/chat/completions", apis=[{"api": "chat"}, api])
    assert (made["baseUrl"], [each["baseUrl"] for each in made["apis"]]) == (host, [host, OTHER])
    edit = {"baseUrl": made["baseUrl"], "apis": made["apis"]}
    assert admin("PATCH", f"/providers/{made['id']}", edit).json == made
    assert admin("PATCH", f"/providers/{made['id']}", {"baseUrl": f"{host}/"}).json["baseUrl"] == f"{host}/v1"


REFUSED = {
    "none at all": ([], "apis"),
    "twice": ([{"api": "chat"}, {"api": "chat"}], "apis.1.api"),
    "unknown": ([{"api": "audio"}], "apis.0.api"),
    "no https": ([{"api": "chat", "baseUrl": "http://a.example.com"}], "apis.0.baseUrl"),
    "own network": ([{"api": "chat"}, {"api": "messages", "baseUrl": "https://127.0.0.1"}], "apis.1.baseUrl"),
    "a header": ([{"api": "chat", "authHeader": "cookie"}], "apis.0.authHeader"),
    "a member": ([{"api": "chat", "url": HOST}], "apis.0.url"),
}


@pytest.mark.parametrize(("apis", "field"), REFUSED.values(), ids=REFUSED)
def test_what_no_provider_speaks_is_refused(admin, apis, field):
    assert refusals(admin("POST", "/providers", {**PROVIDER, "apis": apis})).keys() == {field}


AGAIN = "is required again, because it would be sent to another scheme, host or port"


@pytest.mark.parametrize(
    "apis",
    [
        [{"api": "messages", "baseUrl": OTHER}],
        [{"api": "chat"}, {"api": "messages", "baseUrl": f"{HOST}:8443"}],
        [{"api": "chat"}, {"api": "images", "baseUrl": OTHER, "authHeader": "api-key"}],
    ],
)
def test_a_stored_key_is_sent_to_no_other_host_by_any_api(admin, apis):
    created = admin.provider()
    path = f"/providers/{created['id']}"

    assert refusals(admin("PATCH", path, {"apis": apis})) == {"apiKey": AGAIN}
    assert admin("GET", path).json == created
    assert admin("PATCH", path, {"apis": apis, "apiKey": "sk-for-both"}).status == 200


def test_no_way_around_leads_a_stored_key_to_another_host(admin):
    created = admin.provider()
    path = f"/providers/{created['id']}"
    keyless = {"api": "messages", "baseUrl": OTHER, "authHeader": "none"}
    # No key goes there, so none is asked for: but one is as soon as it would.
    assert admin("PATCH", path, {"apis": [{"api": "chat"}, keyless]}).status == 200
    keyed = [{"api": "chat"}, {**keyless, "authHeader": "x-api-key"}]
    assert refusals(admin("PATCH", path, {"apis": keyed})) == {"apiKey": AGAIN}
    moved = {"baseUrl": f"{OTHER}/v1", "apis": [keyless]}
    assert "apiKey" in refusals(admin("PATCH", path, moved))

    # The key is for another host than the base URL's, which gets it neither by its header nor by default.
    apart = [{"api": "chat", "baseUrl": OTHER, "authHeader": "authorization"}]
    apart_made = admin.provider(name="apart", authHeader="none", apis=apart)
    path = f"/providers/{apart_made['id']}"
    assert refusals(admin("PATCH", path, {"authHeader": "authorization"})) == {"apiKey": AGAIN}
    assert refusals(admin("PATCH", path, {"apis": None})) == {"apiKey": AGAIN}
    assert refusals(admin("PATCH", path, {"apis": None, "authHeader": "x-api-key"})) == {"apiKey": AGAIN}


def test_apis_go_with_the_base_url_but_where_another_was_stated(admin):
    created = admin.provider(
        baseUrl="https://api.deepseek.com",
        apis=[{"api": "chat"}, {"api": "messages"}, {"api": "images", "baseUrl": OTHER}],
    )
    move = {"baseUrl": "https://api.moonshot.ai", "apiKey": "sk-of-moonshot"}
    moved = admin("PATCH", f"/providers/{created['id']}", move).json
    assert moved["apis"] == [
        endpoint("chat", "https://api.moonshot.ai/v1"),
        endpoint("messages", "https://api.moonshot.ai/anthropic/v1"),
        endpoint("images", f"{OTHER}/v1"),
    ]


def test_a_key_is_needed_exactly_where_one_api_takes_it(admin):
    keyless = {**PROVIDER, "authHeader": "none", "apis": [{"api": "chat"}]}
    assert refusals(admin("POST", "/providers", keyless)).keys() == {"apiKey"}
    del keyless["apiKey"]
    created = admin("POST", "/providers", keyless).json
    keyed = {"apis": [{"api": "chat"}, {"api": "messages", "authHeader": "x-api-key"}]}
    assert refusals(admin("PATCH", f"/providers/{created['id']}", keyed)).keys() == {"apiKey"}
    edited = admin("PATCH", f"/providers/{created['id']}", {**keyed, "apiKey": "sk-1"})
    assert (edited.status, edited.json["hasApiKey"]) == (200, True)


def test_the_audit_notes_the_apis_that_are_stated(admin):
    created = admin.provider()
    admin("PATCH", f"/providers/{created['id']}", {"apis": [{"api": "chat"}]})
    newest, _, first = admin("GET", "/audit", entity=created["id"]).json["data"]
    assert (newest["before"], newest["after"]) == ({"apis": None}, {"apis": [endpoint("chat")]})
    assert first["after"]["apis"] is None


def test_a_model_may_be_strict_about_what_translation_loses(admin):
    provider_id = admin.provider()["id"]
    model = admin.model(provider_id, strictTranslation=True)
    path = f"/models/{model['id']}"
    assert admin("GET", path).json["strictTranslation"] is True
    assert admin("PATCH", path, {"strictTranslation": False}).json["strictTranslation"] is False
    assert admin("GET", "/audit", entity=model["id"]).json["data"][0]["before"] == {"strictTranslation": True}
    assert admin.model(provider_id, systemName="usual")["strictTranslation"] is False


# By the path that is asked for: status, headers and body.
ANSWERS = {
    "/v1/chat/completions": (400, b'{"error": {"message": "you must provide a model parameter"}}'),
    "/v1/responses": (404, b'{"detail": "Not Found"}'),
    "/v1/messages": (422, b"{}"),
    "/v1/embeddings": (404, b'{"error": {"message": "", "code": "DeploymentNotFound"}}'),
    "/v1/images/generations": (503, b"busy"),
    "/v1/models": (200, b'{"data": []}'),
}


def answers(server, connection) -> bool:
    first, _, _ = server.requests[-1]
    status, body = ANSWERS[first.split(" ")[1]]
    head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode() + body)
    return False


FOUND = {
    "chat": (True, True, 400, "It is there."),
    "responses": (False, False, 404, "It isn't there (404)."),
    "messages": (False, True, 422, "It is there, but isn't one of the provider's APIs."),
    "embeddings": (True, True, 404, "It is there."),
    "images": (False, None, 503, "The provider returned status 503 to a request that asks for nothing."),
}


def test_a_test_says_of_each_api_whether_it_is_there_by_requests_for_nothing(admin, monkeypatch):
    settings = replace(admin.services.settings, loopback_providers=True)
    monkeypatch.setattr(admin, "services", replace(admin.services, settings=settings))
    with serving(answers) as server:
        base_url = f"http://127.0.0.1:{server.port}"
        created = admin.provider(baseUrl=base_url, apis=[{"api": "chat"}, {"api": "embeddings"}])
        tested = admin("POST", f"/providers/{created['id']}/test").json

    assert (tested["ok"], tested["modelCount"]) == (True, 0)
    assert {
        each["api"]: (each["spoken"], each["found"], each["status"], each["message"])
        for each in tested["apis"]
    } == FOUND
    assert {each["baseUrl"] for each in tested["apis"]} == {f"{base_url}/v1"}
    posts = [(headers, body) for first, headers, body in server.requests if first.startswith("POST")]
    assert len(posts) == len(FOUND)
    assert {body for _, body in posts} == {b"{}"}
    assert {headers["authorization"] for headers, _ in posts} == {"Bearer sk-provider"}
