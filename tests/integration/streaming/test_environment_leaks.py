"""An environment that serves call after call keeps nothing of them; `make leaks` serves 20,000."""

from __future__ import annotations

from tests.bench.measurements import leaks

CALLS, WARM_UP = 1_000, 300
# For what grows by itself: caches that fill, arenas that come apart. A call that leaves 10 KB is above it.
_MAX_GROWTH = 6_000_000
TOLD = "docs/benchmarks.md (make leaks) says otherwise"


def test_a_thousand_calls_leave_no_file_open_and_no_memory_taken():
    _, warm, end = leaks.measure(CALLS, WARM_UP)

    assert end["calls"] == CALLS
    assert (end["files"], end["sockets"]) == (warm["files"], warm["sockets"]), TOLD
    assert end["memory"] - warm["memory"] < _MAX_GROWTH, TOLD
