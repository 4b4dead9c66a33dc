"""python -m infra.checks template | secrets [--history] | dependencies [--required]: what there is to mend.

With `--required`, as for a release, dependencies that can't be audited from here are a fault, too.
"""

from __future__ import annotations

import sys

from infra.checks import dependency_audit, secret_scan, template_policy
from infra.local.local_errors import LocalError


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["template"]:
                faults = template_policy.check()
            case ["secrets"]:
                faults = secret_scan.faults(secret_scan.found_in_files(secret_scan.tracked()))
            case ["secrets", "--history"]:
                faults = secret_scan.faults(secret_scan.found_in_history(), history=True)
            case ["dependencies", *options] if options in ([], ["--required"]):
                faults = _dependencies(required=bool(options))
            case _:
                sys.exit(__doc__)
    except LocalError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for each in faults:
        print(each)
    return int(bool(faults))


def _dependencies(*, required: bool) -> list[str]:
    faults = []
    for audit in dependency_audit.audits():
        if audit.unavailable:
            told = f"NOTHING WAS AUDITED of what is used in {audit.subject}: {audit.unavailable}."
            faults += [told] * required
            if not required:
                print(told)
        elif audit.unaudited:
            print(f"Not audited, because the service doesn't know them: {', '.join(audit.unaudited)}.")
        faults += audit.faults()
    return faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
