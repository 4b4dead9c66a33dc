from __future__ import annotations

import pytest

from tollgate.catalog.catalog import ProviderApi
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.translation import translations
from tollgate_proxy.translation.losses import Loss, Losses

_TABLE = {
    "n": Loss("can't be more than 1", refused=True),
    "output": Loss("can't be any object", member="response_format"),
}


def test_what_is_left_out_is_named_once_as_the_client_calls_it() -> None:
    losses = Losses(_TABLE)
    for name in ("output", "output", "unheard_of"):
        losses.lose(name)
    assert losses.dropped == ["response_format", "unheard_of"]


@pytest.mark.parametrize(
    ("name", "strict", "param", "message"),
    [
        ("n", False, "n", "`n` can't be more than 1."),
        ("output", True, "response_format", "`response_format` can't be any object."),
        (
            "unheard_of",
            True,
            "unheard_of",
            "`unheard_of` has no equivalent in the API of the model's provider.",
        ),
    ],
)
def test_what_cant_be_left_out_is_refused(name: str, strict: bool, param: str, message: str) -> None:
    with pytest.raises(RefusedError) as refused:
        Losses(_TABLE, strict=strict).lose(name)
    assert (refused.value.reason, refused.value.param) == (Reason.UNTRANSLATABLE, param)
    assert refused.value.message == message


def test_headers_of_a_vendors_own_api_are_named_beside_what_was_left_out_of_the_request() -> None:
    asked = {"model": "claude", "messages": [{"role": "user", "content": "Hi"}], "seed": 1}
    translated = translations.of(ProviderApi.CHAT, ProviderApi.MESSAGES, asked)
    sent = dict.fromkeys(
        ("accept", "openai-beta", "openai-project", "anthropic-version", "anthropic-dangerous-x"), "1"
    )
    assert translated.headers_beside({}, sent) == {
        "x-tollgate-translated-to": "messages",
        "x-tollgate-dropped": "seed, openai-beta, openai-project",
    }
