"""The program `tollgate`; also `python -m tollgate_cli`."""

from __future__ import annotations

import sys


def main() -> None:
    """Ends the process. Ctrl-C does so without a traceback even while modules are being imported."""
    try:
        from tollgate_cli import program  # noqa: PLC0415 - see above

        code = program.run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
