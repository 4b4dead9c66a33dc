"""The program `tollgate`; also `python -m tollgate_cli`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Ends the process. Ctrl-C does so without a traceback even while modules are being imported."""
    _have_all_streams()
    try:
        from tollgate_cli import program  # noqa: PLC0415 - see above

        code = program.run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _have_all_streams() -> None:
    """Opens those that this process was started without (`>&-`).

    The next file or connection would get their numbers, and a program that is run would write into it.
    Writing to a stdout that isn't there fails, as it should.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one.
            opened = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            os.set_inheritable(opened, True)
            stream = os.fdopen(opened, "r" if name == "stdin" else "w", encoding="utf-8")
            setattr(sys, name, stream)


if __name__ == "__main__":
    main()
