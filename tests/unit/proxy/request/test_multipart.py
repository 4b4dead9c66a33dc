"""Forms with files are read as clients write them, and written for providers to read."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.request import multipart
from tollgate_proxy.request.multipart import FormPart


def test_a_form_is_read_as_an_sdk_sends_it():
    files = {"file": ('calls "1".jsonl', b'{"a": 1}\r\n{"b": 2}\n', "application/jsonl")}
    request = httpx.Request("POST", "http://a.example", data={"purpose": "batch"}, files=files)

    purpose, file = multipart.read(request.read(), request.headers["content-type"])

    assert purpose == FormPart("purpose", b"batch")
    assert (file.name, file.content, file.content_type) == (
        "file",
        b'{"a": 1}\r\n{"b": 2}\n',
        "application/jsonl",
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=40), st.booleans()), min_size=1, max_size=3))
def test_what_is_written_is_read_again(contents):
    parts = [
        FormPart(f"field{place}", content, "a.jsonl" if is_file else None, "text/plain" if is_file else None)
        for place, (content, is_file) in enumerate(contents)
    ]
    assert multipart.read(*multipart.write(parts)) == parts


WHOLE, TYPE = multipart.write([FormPart("purpose", b"batch")])
BROKEN = {
    "cut": (WHOLE[:-6], TYPE),
    "without an end": (WHOLE.replace(b"--\r\n", b"\r\n"), TYPE),
    "of another boundary": (WHOLE, "multipart/form-data; boundary=other"),
    "without a boundary": (WHOLE, "multipart/form-data"),
    "that is JSON": (b"{}", "application/json"),
    "empty": (b"", TYPE),
    "without names": (WHOLE.replace(b'name="purpose"', b"x"), TYPE),
}


@pytest.mark.parametrize(("body", "content_type"), BROKEN.values(), ids=BROKEN)
def test_a_form_that_cant_be_read_is_refused(body, content_type):
    with pytest.raises(RefusedError) as refused:
        multipart.read(body, content_type)
    assert refused.value.reason is Reason.INVALID_PARAMETER
