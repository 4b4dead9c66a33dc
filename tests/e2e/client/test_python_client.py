"""The Python client over HTTP, by the program that its page shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict

from infra.local.environment import ROOT
from tollgate_client import AdminClient, pages

PAGE = (ROOT / "docs" / "python-client.md").read_text()


def test_the_pages_program_works_beside_the_local_stack(stack, tmp_path):
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(asdict(stack)))
    program = re.search(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1]
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "cli")},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Search team 0 of 80" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1] == "80 USD left"


def test_an_export_is_streamed_by_the_deployed_function(stack):
    with AdminClient(stack.admin_url, stack.admin_token) as admin:
        with admin.by_key_text() as export:
            assert next(export).startswith("keyId,name,requests,")
        with admin.export_requests(format="jsonl") as export:
            assert [json.loads(line)["id"] for line in export.lines()] == [
                row["id"] for row in pages(admin.list_requests)
            ]
