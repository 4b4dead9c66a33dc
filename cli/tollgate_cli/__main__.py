"""The program `tollgate`; also `python -m tollgate_cli`."""

from __future__ import annotations

import sys

from tollgate_cli import program


def main() -> None:
    sys.exit(program.run(sys.argv[1:]))


if __name__ == "__main__":
    main()
