"""python -m infra.demo STACK.json: has the demo company live on a running stack."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from infra.demo import company
from infra.local.stack import Stack


def main() -> int:
    (path,) = sys.argv[1:]
    stack = Stack(**json.loads(Path(path).read_text()))
    made = company.seed(stack, lambda step: print(step, file=sys.stderr, flush=True))
    print(json.dumps(asdict(made), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
