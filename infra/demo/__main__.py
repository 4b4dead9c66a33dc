"""python -m infra.demo STACK.json COMPANY.json: has the demo company live on a running stack, once.

The second file is written: ids of what there is, keys' secrets, and tokens of its admins.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from infra.demo import company
from infra.local.local_errors import LocalError
from infra.local.stack import Stack


def main() -> int:
    described, told = map(Path, sys.argv[1:])
    stack = Stack(**json.loads(described.read_text()))
    try:
        if company.is_there(stack):
            print("The demo company is there already.")
            return 0
        made = company.seed(stack, lambda step: print(step, flush=True))
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    # For the owner's eyes only: it holds secrets.
    told.unlink(missing_ok=True)
    with os.fdopen(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(made), file, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
