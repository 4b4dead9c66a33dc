"""python -m infra.mock_otlp --port 4318: prints the spans and metrics that it receives."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING

from infra.mock_otlp.otlp_messages import ReceivedSpan
from infra.mock_otlp.otlp_receiver import Receiver, make_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.mock_otlp.otlp_messages import ReceivedPoint

# OTLP's own, over HTTP.
DEFAULT_PORT = 4318
_NANOSECONDS = 1_000_000_000


def described(received: ReceivedSpan | ReceivedPoint) -> str:
    """In a line, and of a span its attributes below."""
    if not isinstance(received, ReceivedSpan):
        labels = ", ".join(f"{name}={value}" for name, value in received.attributes.items())
        return f"{received.metric} {received.total:g} {received.unit} ({labels})"
    seconds = (received.ended - received.began) / _NANOSECONDS
    head = f"{received.name}: {seconds:.3f} s, trace {received.trace_id}, span {received.span_id}"
    above = f" below {received.parent_id}" if received.parent_id else ""
    return "\n".join([head + above, *(f"  {name} = {value}" for name, value in received.attributes.items())])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="mock_otlp", description="An OTLP receiver, mocked.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 for a free one")
    options = parser.parse_args(arguments)
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: sys.exit(0))
    receiver = Receiver(take=lambda received: print(described(received), flush=True))
    with make_server(receiver, options.port) as server:
        print(f"OTLP receiver at {receiver.url}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
