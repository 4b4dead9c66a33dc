"""What keys may do themselves, asked with the raw calls of OpenAI's SDK: errors are its own exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello there"}]}


class Raw:
    """The SDK's `get`, `post` and so on, without models for what comes back; it counts its requests."""

    def __init__(self, stack: Any, secret: str) -> None:
        self.client = openai.OpenAI(base_url=stack.base_url, api_key=secret, max_retries=2)

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        given = {"body": body} if body is not None else {}
        return getattr(self.client, method)(path, cast_to=object, **given)

    def refused(self, exception: type[openai.APIStatusError], *asked: Any) -> Any:
        with pytest.raises(exception) as caught:
            self(*asked)
        assert caught.value.request_id
        assert caught.value.response.headers["x-should-retry"] == "false"
        return caught.value


@pytest.fixture
def raw(stack, keys) -> Iterator[Raw]:
    made = Raw(stack, keys.issue(budgetLimit="5", manageChildren=True)["key"])
    yield made
    made.client.close()


def test_a_key_without_a_holder_is_an_authentication_error(stack):
    stranger = Raw(stack, "sk-tg-mistyped")
    for asked in (("get", "/usage"), ("get", "/keys"), ("post", "/estimate", CHAT)):
        assert stranger.refused(openai.AuthenticationError, *asked).code == "invalid_api_key"
    stranger.client.close()


def test_a_key_that_it_may_not_see_is_a_not_found_error(raw, keys):
    other = keys.issue()["id"]
    for asked in (
        ("get", f"/keys/{other}"),
        ("get", f"/usage?keyId={other}"),
        ("patch", f"/keys/{other}", {"name": "x"}),
        ("delete", f"/keys/{other}"),
        ("post", f"/keys/{other}/revoke"),
    ):
        refused = raw.refused(openai.NotFoundError, *asked)
        assert (refused.code, refused.type) == ("key_not_found", "invalid_request_error")


def test_a_field_that_is_wrong_is_a_bad_request_error_that_names_it(raw):
    refused = raw.refused(openai.BadRequestError, "post", "/keys", {"name": "x", "budgetLimit": "6"})
    assert (refused.code, refused.param) == ("invalid_parameter", "budgetLimit")
    refused = raw.refused(openai.BadRequestError, "get", "/usage?from=yesterday")
    assert (refused.code, refused.param) == ("invalid_parameter", "from")
    refused = raw.refused(openai.BadRequestError, "post", "/estimate?endpoint=/v1/models", CHAT)
    assert (refused.code, refused.param) == ("invalid_parameter", "endpoint")


def test_what_a_key_may_not_do_is_a_permission_denied_error(raw):
    own = raw("get", "/usage")["keyId"]
    refused = raw.refused(openai.PermissionDeniedError, "patch", f"/keys/{own}", {"name": "me"})
    assert (refused.code, refused.type) == ("key_management_not_allowed", "permission_error")


def test_a_parent_that_can_not_be_deleted_is_a_conflict_error(raw):
    parent = raw("post", "/keys", {"name": "parent"})["id"]
    raw("post", "/keys", {"name": "child", "parentId": parent})
    assert raw.refused(openai.ConflictError, "delete", f"/keys/{parent}").code == "conflict"


def test_a_model_that_is_not_there_is_the_calls_own_error(raw):
    refused = raw.refused(openai.NotFoundError, "post", "/estimate", {**CHAT, "model": "none"})
    assert (refused.code, refused.param) == ("model_not_found", "model")
