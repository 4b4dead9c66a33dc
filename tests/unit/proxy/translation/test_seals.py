from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.translation_examples import TRIED
from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.conversation import Seal

_TEXTS = st.text(max_size=20)


@TRIED
@given(
    st.builds(Seal, st.sampled_from(ProviderApi), _TEXTS, st.none() | _TEXTS),
    st.none() | _TEXTS,
)
def test_a_seal_comes_back_as_it_was_wrapped(seal: Seal, text: str | None) -> None:
    wrapped = seals.wrap(seal, text)
    assert seals.unwrap(wrapped) == (seal, text)
    assert wrapped.isascii()
    assert not any(character.isspace() for character in wrapped)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk=",
        "gAAAAABo",
        "tg1",
    ],
)
def test_what_isnt_wrapped_is_the_seal_of_the_api_in_whose_place_it_is(value: str) -> None:
    assert seals.unwrap(value) is None
    assert seals.native(value, ProviderApi.MESSAGES) == (Seal(ProviderApi.MESSAGES, value), None)


@pytest.mark.parametrize(
    "value",
    [
        seals.UNSEALED,
        "tg1.messages",
        "tg1.messages.",
        "tg1.messages.!!",
        "tg1.messages.bnVsbA",  # null
        "tg1.messages.e30",  # {}
        "tg1.messages.eyJ2IjoxfQ",  # {"v": 1}
        "tg1.messages.eyJ2IjoiYSIsInQiOjF9",  # {"v": "a", "t": 1}
        "tg1.messages.\u00e9",
        "tg1.telepathy.eyJ2IjoiYSJ9",
    ],
)
def test_what_was_wrapped_and_cant_be_read_is_no_apis_seal(value: str) -> None:
    assert seals.is_wrapped(value)
    assert seals.native(value, ProviderApi.MESSAGES) == (None, None)
