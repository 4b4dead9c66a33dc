"""python -m infra.client: writes cli/tollgate_client/generated out of the APIs' OpenAPI documents."""

from __future__ import annotations

import argparse

from infra.client import api_documents, written_files


def main() -> None:
    argparse.ArgumentParser(prog="python -m infra.client", description=__doc__).parse_args()
    changed = written_files.write(written_files.generated(api_documents.both()))
    print("\n".join(changed) or "Nothing has changed.")


main()
