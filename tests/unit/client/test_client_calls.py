"""How the Python client sends operations, and to whom it tells what."""

from __future__ import annotations

import json
import logging
import traceback

import httpx
import pytest

from tests.support.canned_api import TOKEN, CannedApi, json_answer, text_answer
from tollgate_client import VERSION, AdminClient, ApiError, NotFound, TollgateError, Unauthorized, Unreachable

ID_OF_ALL_SORTS = "a/b?c=d&e#f%2F ü\n日;本"


def test_a_call_says_who_calls():
    api = CannedApi([json_answer()])
    api.admin().get_me()
    headers = api.asked[0].headers
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["user-agent"] == f"tollgate-cli/{VERSION}"
    assert headers["accept"] == "application/json"


def test_an_id_is_one_segment_of_the_path_whatever_is_in_it():
    api = CannedApi([json_answer()])
    api.admin().get_key(ID_OF_ALL_SORTS)
    path = api.asked[0].url.raw_path.decode()
    assert path == "/dev/api/admin/apiKey/a%2Fb%3Fc%3Dd%26e%23f%252F%20%C3%BC%0A%E6%97%A5%3B%E6%9C%AC"
    assert httpx.URL(f"https://x{path}").path == f"/dev/api/admin/apiKey/{ID_OF_ALL_SORTS}"


@pytest.mark.parametrize("key_id", ["", ".", ".."])
def test_an_id_that_would_lead_to_another_path_is_no_ones(key_id):
    api = CannedApi([json_answer()])
    with pytest.raises(NotFound, match="nothing with the id"):
        api.admin().delete_key(key_id)
    assert not api.asked


def test_braces_in_an_id_are_the_ids_own():
    api = CannedApi([json_answer()])
    api.admin().get_pack("{}", "{key_id}")
    assert api.asked[0].url.path == "/dev/api/admin/apiKey/{}/packs/{key_id}"


def test_a_query_has_what_was_given_and_nothing_else():
    api = CannedApi([json_answer()])
    api.admin().list_keys(search="Büro & Söhne", roots=False, limit=0, owner="", status=None)
    assert api.asked[0].url.params.multi_items() == [
        ("search", "Büro & Söhne"),
        ("limit", "0"),
        ("owner", ""),
        ("roots", "false"),
    ]


def test_a_body_is_json_in_utf_8():
    api = CannedApi([json_answer(201)])
    api.admin().create_key({"name": "Büro 日本", "budgetLimit": "0.10"})
    asked = api.asked[0]
    assert asked.headers["content-type"] == "application/json"
    assert json.loads(asked.content.decode()) == {"name": "Büro 日本", "budgetLimit": "0.10"}


def test_a_revision_is_sent_as_the_tag_that_it_is_shown_as():
    api = CannedApi([json_answer()])
    api.admin().update_key("key_1", {"name": "x"}, if_match=0)
    api.admin().update_key("key_1", {"name": "x"})
    assert api.asked[0].headers["if-match"] == '"0"'
    assert "if-match" not in api.asked[1].headers


def test_an_empty_answer_is_none():
    deleted = CannedApi([httpx.Response(204)]).admin().delete_model("mdl_1")  # type: ignore[func-returns-value]
    assert deleted is None


def test_without_a_token_none_is_sent():
    api = CannedApi([json_answer()])
    api.admin("").get_openapi()
    assert "authorization" not in api.asked[0].headers


@pytest.mark.parametrize(
    "token", ["line\nbreak-secret", "schlüssel-secret", "two words-secret", "\x7fsecret"]
)
def test_a_token_that_no_header_can_have_is_refused_unshown(token):
    api = CannedApi([json_answer()])
    with pytest.raises(Unauthorized) as raised:
        api.admin(token).get_me()
    assert "secret" not in f"{raised.value!r} {raised.value}"
    assert not api.asked


def test_the_token_goes_along_no_redirect():
    moved = httpx.Response(307, headers={"location": "https://elsewhere.example.com/api/admin/admins/me"})
    api = CannedApi([moved])
    with pytest.raises(ApiError, match="redirect") as raised:
        api.admin().get_me()
    assert raised.value.status == 307
    assert [asked.url.host for asked in api.asked] == ["gateway.example.com"]


@pytest.mark.parametrize(
    "answer",
    [
        json_answer(403, {"message": f"'Bearer {TOKEN}' not a valid key=value pair in Authorization header"}),
        json_answer(401, {"error": {"message": f"{TOKEN} is no key", "code": "x", "param": None}}),
        json_answer(401, {"detail": "no", "errors": [{"field": "token", "message": f"not {TOKEN}"}]}),
        text_answer(502, f"<html>{TOKEN}</html>"),
        text_answer(200, f"<html>{TOKEN}</html>"),
        httpx.ReadTimeout("slow"),
        httpx.LocalProtocolError(f"Illegal header value b'Bearer {TOKEN}'"),
    ],
)
def test_nothing_shows_the_token(answer, caplog):
    caplog.set_level(logging.DEBUG)
    client = CannedApi([answer]).admin()
    with pytest.raises(TollgateError) as raised:
        client.create_key({"name": "x"})
    error = raised.value
    shown = [repr(client), repr(error), str(error), caplog.text, *map(str, vars(error).values())]
    shown += traceback.format_exception_only(error)
    assert TOKEN not in " ".join(shown)


def test_a_client_shows_where_it_asks_and_no_credentials():
    client = AdminClient("https://someone:secret@gateway.example.com/api/admin/", TOKEN)
    assert repr(client) == "<AdminClient https://gateway.example.com/api/admin>"


@pytest.mark.parametrize("url", ["https://gateway.example.com:port/api", "https://gateway\n.example.com/api"])
def test_what_is_no_url_is_refused(url):
    with pytest.raises(Unreachable, match="URL"):
        AdminClient(url, TOKEN)


def test_a_url_without_its_scheme_cant_be_reached():
    with (
        AdminClient("gateway.example.com/api/admin", TOKEN) as client,
        pytest.raises(Unreachable, match="https://"),
    ):
        client.get_me()
