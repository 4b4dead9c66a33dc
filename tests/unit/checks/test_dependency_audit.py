"""An audit that nobody could make isn't one that found nothing."""

from __future__ import annotations

import json

import pytest

from infra.checks import __main__ as checks
from infra.checks import accepted, dependency_audit
from infra.checks.dependency_audit import Audit, Vulnerability
from infra.local.local_errors import UnavailableError

FOUND = Vulnerability("urllib3 1.26.4", "PYSEC-2021-108", "1.26.5")
PIP = {
    "name": "urllib3",
    "version": "1.26.4",
    "vulns": [{"id": "PYSEC-2021-108", "fix_versions": ["1.26.5"]}],
}
NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "minimist": {
            "name": "minimist",
            "range": "<0.2.1",
            "via": [{"url": "https://github.com/advisories/GHSA-vh95-rmgr-6w4m"}],
        },
        "mkdirp": {"name": "mkdirp", "range": "0.4.1 - 0.5.1", "via": ["minimist"]},
    },
}


def known():
    return {FOUND}, set()


def nothing():
    return set(), set()


def offline():
    raise UnavailableError("no address")


def test_pip_audit_names_vulnerabilities_and_what_it_does_not_know():
    skipped = {"name": "uv", "skip_reason": "Dependency not found on PyPI"}
    report = json.dumps({"dependencies": [PIP, skipped, {"name": "idna", "version": "3", "vulns": []}]})
    assert dependency_audit.read_pip_audit(report) == ({FOUND}, {"uv"})


def test_npm_audit_names_each_vulnerability_once_by_its_advisory():
    assert dependency_audit.read_npm_audit(json.dumps(NPM)) == {
        Vulnerability("minimist <0.2.1", "GHSA-vh95-rmgr-6w4m")
    }


@pytest.mark.parametrize("output", ["", "[]", "no JSON", json.dumps({"message": "405 Method Not Allowed"})])
def test_what_is_no_report_is_not_a_clean_one(output):
    for read in (dependency_audit.read_pip_audit, dependency_audit.read_npm_audit):
        with pytest.raises(UnavailableError):
            read(output, "OSError: no address")


@pytest.mark.parametrize(
    ("of_the_known", "of_ours", "unavailable", "faults"),
    [
        (known, nothing, False, 0),
        (known, known, False, 1),
        (nothing, nothing, True, 0),  # a mirror without vulnerabilities, which finds none in anything
        (offline, nothing, True, 0),
        (known, offline, True, 0),
    ],
)
def test_a_service_has_to_find_what_is_known_first(of_the_known, of_ours, unavailable, faults):
    audit = dependency_audit.audit_of("Python", of_the_known, of_ours)
    assert (bool(audit.unavailable), len(audit.faults())) == (unavailable, faults)


def test_an_accepted_vulnerability_is_no_fault(monkeypatch):
    monkeypatch.setattr(accepted, "vulnerabilities", lambda: {FOUND.id})
    assert Audit("Python", (FOUND,)).faults() == []


def test_everything_that_is_accepted_has_a_reason():
    assert all(len(why) > 20 for why in accepted.reasons())


@pytest.mark.parametrize(
    ("audit", "options", "code", "told"),
    [
        (Audit("Python"), [], 0, ""),
        (Audit("Python", unavailable="no address"), [], 0, "NOTHING WAS AUDITED"),
        (Audit("Python", unavailable="no address"), ["--required"], 1, "NOTHING WAS AUDITED"),
        (Audit("Python", (FOUND,)), [], 1, "urllib3 1.26.4 has PYSEC-2021-108, fixed in 1.26.5"),
        (Audit("Python", unaudited=("uv",)), ["--required"], 0, "Not audited"),
    ],
)
def test_lint_fails_for_vulnerabilities_and_a_release_for_not_knowing(
    monkeypatch, capsys, audit, options, code, told
):
    monkeypatch.setattr(dependency_audit, "audits", lambda: [audit])
    assert checks.main(["dependencies", *options]) == code
    assert told in capsys.readouterr().out
