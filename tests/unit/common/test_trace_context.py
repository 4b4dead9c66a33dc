"""Which trace a call belongs to: what a traceparent says, and what its request id does."""

from __future__ import annotations

import pytest

from tests.support.builders import NOW
from tollgate import identifiers, trace_context
from tollgate.trace_context import TraceContext

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("header", "sampled"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f"00-{TRACE}-{PARENT}-00", False),
        (f"00-{TRACE}-{PARENT}-02", False),  # a random id, of the second level
        (f"00-{TRACE}-{PARENT}-ff", True),
        (f"01-{TRACE}-{PARENT}-01", True),
        (f"cc-{TRACE}-{PARENT}-01-what the future brings", True),
    ],
)
def test_a_traceparent_names_a_trace_the_span_within_and_whether_it_is_recorded(header, sampled):
    """The examples are those of https://www.w3.org/TR/trace-context/ and its test suite."""
    kept = trace_context.kept(header)
    assert kept is not None
    assert trace_context.of_kept(kept) == TraceContext(TRACE, PARENT, sampled)
    assert len(kept) == 52


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}-01-",
        f"00-{TRACE}-{PARENT}-1",
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01\n",
        f" 00-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01, 00-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-0\u0661",
    ],
)
def test_what_is_no_traceparent_names_no_trace(header):
    assert trace_context.kept(header) is None


def test_a_call_without_one_has_a_trace_of_its_own_which_its_id_tells():
    made = identifiers.request_id(NOW)
    trace_id = trace_context.trace_id_of(made)
    assert (len(trace_id), set(trace_id) <= set("0123456789abcdef")) == (32, True)
    assert int(trace_id[:12], 16) == int(NOW.timestamp() * 1000)
    assert trace_context.trace_id_of(made) == trace_id
    assert trace_context.trace_id_of(identifiers.request_id(NOW)) != trace_id
    with pytest.raises(ValueError, match="no request id"):
        trace_context.trace_id_of("req_1")
