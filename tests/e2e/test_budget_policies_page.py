"""The commands of the page on budget policies, run as they stand, come to what it says."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import asdict
from typing import TYPE_CHECKING

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.stack import Stack

PAGE = ROOT / "docs" / "budget-policies.md"
# Who reads the page is slower than the closing of a call's holds.
SLOWLY = """
eval "at_once_$(declare -f call)"
call() {
  until [ "$(admin GET "/apiKey/$TEAM" | field requestsOpen)" = 0 ]; do sleep 0.1; done
  at_once_call "$@"
}
"""


def test_the_commands_of_the_page_come_to_what_it_says(stack: Stack, tmp_path: Path) -> None:
    described = tmp_path / "stack.json"
    described.write_text(json.dumps(asdict(stack)))
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    preparations, keys, *rest = (each.replace(".local/stack.json", str(described)) for each in blocks)
    script = "\n".join(["set -euo pipefail", preparations, keys, SLOWLY, *rest])

    ran = subprocess.run(
        ["/bin/bash", "-c", script], capture_output=True, text=True, timeout=300, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = re.findall(
        r"^call .*?# (?:by cheap: \S+ and with the fee )?(?:429 )?([\w.]+)", script, re.MULTILINE
    )
    pattern = r"^x-tollgate-cost-usd: (\S+)|\"code\": \"(\w+)\""
    came = [cost or code for cost, code in re.findall(pattern, ran.stdout, re.MULTILINE)]
    assert came == said
    assert len(said) == 16
