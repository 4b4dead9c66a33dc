"""make rehearsal FROM=REF: an upgrade from a commit to this tree and back, while calls stream.

It exits with 1 if a call failed, or a cent is missing or charged twice. docs/upgrades.md has what it prints.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from infra.local.environment import ROOT
from tests.rehearsal import git_versions, kept_books
from tests.rehearsal.git_versions import CHECKOUTS
from tests.rehearsal.moving_traffic import COST_OF_A_CALL, Traffic
from tests.rehearsal.two_versions import TwoVersions, state_folder, two_versions

_WORKERS = 12
_SHOWN = 5
_TASKS = (("SweeperFunction", b'{"task": "sweep"}'), ("SweeperFunction", b'{"task": "audit"}'))


def rehearse(versions: TwoVersions, seconds: float) -> list[str]:
    """What went wrong, empty if nothing did; prints the calls of each phase."""
    root, secrets = versions.seeded("old")
    bases = {"old": f"{versions.urls['old']}/v1"}
    traffic = Traffic(bases, secrets)
    failed_tasks: list[str] = []

    def phase(name: str, share: float) -> None:
        traffic.go_on(name, share)
        time.sleep(seconds)
        for function, payload in _TASKS:
            said = versions.invoke(function, payload)
            if said is not None:
                failed_tasks.append(f"{name}: {function} {payload.decode()}: {said[:300]}")

    with traffic.running(_WORKERS):
        phase("1 the old version alone", 0)
        traffic.go_on("2 the other functions are updated", 0)
        versions.deploy("new")
        versions.serve("new")
        bases["new"] = f"{versions.urls['new']}/v1"
        phase("3 a tenth of the calls to the new version", 0.1)
        phase("4 half of them", 0.5)
        phase("5 all of them", 1)
        phase("6 half of them back", 0.5)
        phase("7 all of them back", 0)
        traffic.go_on("8 the other functions are put back", 0)
        versions.deploy("old")
        phase("9 the old version alone", 0)
    books = kept_books.read(versions.table(), versions.deployment.outputs, root)
    _print(traffic, books)
    return [
        *failed_tasks,
        *(f"{each.phase}: {each.version}: {each.said}" for each in traffic.failures),
        *kept_books.faults(books, traffic.calls, COST_OF_A_CALL),
    ]


def _print(traffic: Traffic, books: kept_books.Books) -> None:
    failed = Counter((each.phase, each.version) for each in traffic.failures)
    phases = sorted({phase for phase, _ in [*traffic.served, *failed]})
    print("| phase | answered by old | by new | failed |\n|---|---|---|---|")
    for phase in phases:
        served = [traffic.served[phase, version] for version in ("old", "new")]
        print(f"| {phase} | {served[0]} | {served[1]} | {failed[phase, 'old'] + failed[phase, 'new']} |")
    print(f"\n{traffic.calls} calls. {books}")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("ref", nargs="?", default="HEAD~1")
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--tell", action="append", default=[], metavar="NAME=VALUE")
    given = parser.parse_args()
    tree = given.tree or git_versions.checkout(given.ref)
    templates = {"old": git_versions.built(tree), "new": git_versions.built(ROOT)}
    settings = {"new": dict(each.split("=", 1) for each in given.tell)}
    state = state_folder(CHECKOUTS)
    with two_versions(templates, settings, state) as versions:
        faults = rehearse(versions, given.seconds)
    for each in faults[:_SHOWN]:
        print(f"- {each}", file=sys.stderr)
    if faults:
        print(f"{len(faults)} faults; logs are in {state / 'logs'}", file=sys.stderr)
        return 1
    shutil.rmtree(state)
    return 0


if __name__ == "__main__":
    sys.exit(main())
