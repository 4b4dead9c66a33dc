"""python -m infra.mock_provider --host 127.0.0.1 --port 8099"""

import argparse
import ipaddress
import signal
import sys
from collections.abc import Sequence

from infra.mock_provider.server import LOOPBACK, listen, make_server

DEFAULT_PORT = 8099


def loopback(host: str) -> str:
    if not ipaddress.IPv4Address(host).is_loopback:
        raise ValueError(host)
    return host


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="mock_provider", description="OpenAI's and Anthropic's APIs, mocked."
    )
    parser.add_argument("--host", type=loopback, default=LOOPBACK, help="an IPv4 loopback address")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 for a free one")
    options = parser.parse_args(arguments)
    # The server raises the signal that stopped it once more when it is done: an ordinary end, not a failure.
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: sys.exit(0))
    listener, base_url = listen(options.host, options.port)
    print(f"mock provider at {base_url}", flush=True)
    make_server(logs=True).run([listener])


if __name__ == "__main__":
    main()
