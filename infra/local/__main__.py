"""python -m infra.local: runs the local stack until it is stopped. See `make local`."""

import sys

from infra.local.processes.interrupts import INTERRUPTED, interrupt_once


def main() -> int:
    interrupt_once()
    try:
        # What the command needs takes a second to import: Ctrl-C must be an ordinary end by then.
        from infra.local import command  # noqa: PLC0415

        return command.main()
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
