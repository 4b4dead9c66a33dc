"""Whether a provider answers, and what it lists, as admins ask for it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from infra.mock_provider.apis.models import ANTHROPIC_MODELS, OPENAI_MODELS
from tests.support.bare_server import sends, serving
from tollgate_admin.catalog import probe_routes

NO_MODELS = "The provider mock did not list its models: "


@pytest.fixture
def admin(admin, monkeypatch):
    """Providers are on this machine."""
    settings = replace(admin.services.settings, loopback_providers=True)
    local = replace(admin.services, settings=settings)
    monkeypatch.setattr(admin, "services", local)
    return admin


def page(ids: list[str], **more) -> bytes:
    body = json.dumps({"data": [{"id": each} for each in ids], **more}).encode()
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


ABSENT = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def paged(*pages: bytes):
    """Lists one page after the other, and then the last, and has nothing else."""
    left = list(pages)

    def answer(server, connection) -> bool:
        if not server.requests[-1][0].startswith("GET"):
            connection.sendall(ABSENT)
            return False
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])
        return False

    return answer


def asked(admin, base_url: str, **body):
    created = admin.provider(baseUrl=base_url, **body)
    test = admin("POST", f"/providers/{created['id']}/test")
    assert test.status == 200, test.text
    assert test.json.pop("durationMs") >= 0
    return test.json, admin("GET", f"/providers/{created['id']}/remote-models")


def of_the_list(found: dict) -> dict:
    """What a test says of the list of models alone."""
    return {name: value for name, value in found.items() if name not in {"durationMs", "apis"}}


def gets(server) -> list[str]:
    return [first for first, _, _ in server.requests if first.startswith("GET")]


@pytest.mark.parametrize(("kind", "models"), [("openai", OPENAI_MODELS), ("anthropic", ANTHROPIC_MODELS)])
def test_a_provider_that_answers_is_fine_and_lists_its_models(admin, provider_url, kind, models):
    test, listed = asked(admin, f"{provider_url}/v1", type=kind)
    assert of_the_list(test) == {
        "ok": True,
        "status": 200,
        "message": f"The provider lists {len(models)} models.",
        "modelCount": len(models),
    }
    assert listed.json == {
        "data": [{"id": each, "systemNames": []} for each in sorted(models)],
        "nextCursor": None,
    }


def test_models_that_the_catalog_has_already_bear_its_names(admin, provider_url):
    created = admin.provider(baseUrl=f"{provider_url}/v1")
    elsewhere = admin.provider(name="elsewhere", baseUrl=f"{provider_url}/v1")
    for name, remote_id in (("fast", "gpt-4o-mini"), ("cheap", "gpt-4o-mini")):
        admin.model(created["id"], systemName=name, remoteId=remote_id)
    alternative = [{"providerId": created["id"], "remoteId": "gpt-5.5"}]
    admin.model(elsewhere["id"], systemName="best", remoteId="gpt-5.4-mini", alternatives=alternative)

    listed = admin("GET", f"/providers/{created['id']}/remote-models").json["data"]

    assert {each["id"]: each["systemNames"] for each in listed if each["systemNames"]} == {
        "gpt-4o-mini": ["cheap", "fast"],
        "gpt-5.5": ["best"],
    }


def test_a_provider_that_fails_is_an_answer_to_a_test_and_a_bad_gateway_to_a_list(admin):
    refusal = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with serving(sends(refusal, close=True)) as server:
        test, listed = asked(admin, f"http://127.0.0.1:{server.port}/v1")
    assert of_the_list(test) == {
        "ok": False,
        "status": 401,
        "message": "The provider rejected the API key (401).",
        "modelCount": None,
    }
    assert listed.status == 424
    assert listed.json["detail"] == f"{NO_MODELS}The provider rejected the API key (401)."


@pytest.mark.parametrize("body", [b"[]", b'{"data": null}', b'{"models": []}', b'"small"', b"null"])
def test_what_is_no_list_of_models_is_said_so(admin, body):
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    with serving(sends(head + body, close=True)) as server:
        test, listed = asked(admin, f"http://127.0.0.1:{server.port}")
    assert (test["ok"], test["status"], test["message"]) == (
        False,
        200,
        "The provider's response is not a list of models.",
    )
    assert (listed.status, listed.json["detail"]) == (
        424,
        f"{NO_MODELS}The provider's response is not a list of models.",
    )


def test_ids_that_no_model_could_have_are_left_out(admin):
    odd = ["small", "", "a\nb", "x" * 129, "small"]
    body = json.loads(page(odd).partition(b"\r\n\r\n")[2])
    body["data"] += [{"id": 5}, {}, "text", None]
    with serving(sends(page([], **body), close=True)) as server:
        _, listed = asked(admin, f"http://127.0.0.1:{server.port}")
    assert [each["id"] for each in listed.json["data"]] == ["small"]


def test_all_pages_of_anthropics_list_are_read(admin):
    pages = page(["a", "b"], has_more=True, last_id="b&c"), page(["c"], has_more=False)
    with serving(paged(*pages, *pages)) as server:
        test, listed = asked(admin, f"http://127.0.0.1:{server.port}/v1", type="anthropic")
    assert (test["modelCount"], len(listed.json["data"])) == (3, 3)
    assert gets(server)[:2] == [
        "GET /v1/models?limit=1000 HTTP/1.1",
        "GET /v1/models?limit=1000&after_id=b%26c HTTP/1.1",
    ]


def test_a_list_without_an_end_is_given_up(admin):
    with serving(paged(page(["a"], has_more=True, last_id="a"))) as server:
        test, listed = asked(admin, f"http://127.0.0.1:{server.port}/v1", type="anthropic")
    assert (test["ok"], test["message"]) == (False, "The provider's model list has more than 10 pages.")
    assert listed.status == 424
    assert len(gets(server)) == 20


def test_a_provider_is_not_asked_without_its_key(admin, provider_url, monkeypatch):
    created = admin.provider(baseUrl=f"{provider_url}/v1")
    path = f"/providers/{created['id']}"

    def fails(_provider) -> str:
        raise RuntimeError("no such parameter as sk-provider")

    monkeypatch.setattr(admin.services.credentials, "secret_of", fails)
    assert admin("POST", f"{path}/test").json["message"] == "The provider's API key could not be read."
    keyless = replace(admin.services.catalog.provider(created["id"]), credential_version=0)
    monkeypatch.setattr(probe_routes, "existing", lambda *_: keyless)
    assert admin("POST", f"{path}/test").json["message"] == "The provider has no API key."
    assert admin("GET", f"{path}/remote-models").status == 424


def test_a_provider_that_wants_no_key_is_asked_without_one(admin):
    with serving(sends(page(["a"]), close=True)) as server:
        created = admin.provider(baseUrl=f"http://127.0.0.1:{server.port}")
        admin("PATCH", f"/providers/{created['id']}", {"authHeader": "none"})
        assert admin("POST", f"/providers/{created['id']}/test").json["ok"] is True
    assert not {"authorization", "x-api-key", "api-key"} & server.requests[0][1].keys()


def test_a_provider_that_is_not_there_is_not_found(admin):
    missing = f"/providers/prv_{'0' * 20}"
    assert admin("POST", f"{missing}/test").status == 404
    assert admin("GET", f"{missing}/remote-models").status == 404


def test_a_provider_that_can_not_be_asked_from_here_is_no_fault_of_the_gateway(admin, monkeypatch):
    """As where the proxy alone has what asks for a token first."""
    monkeypatch.setattr(admin, "services", replace(admin.services, auth_schemes={}))
    test, listed = asked(admin, "https://provider.example/v1")
    told = "With authHeader authorization, providers are only asked by calls of their models."
    assert of_the_list(test) == {"ok": False, "status": None, "message": told, "modelCount": None}
    assert (listed.status, listed.json["detail"]) == (424, NO_MODELS + told)
