"""python -m infra.client: writes out of the APIs' OpenAPI documents what follows from them.

That is cli/tollgate_client/generated, and the JSON Schema of configuration as code.
"""

from __future__ import annotations

import argparse

from infra.client import api_documents, schema_files, written_files


def main() -> None:
    argparse.ArgumentParser(prog="python -m infra.client", description=__doc__).parse_args()
    admin, self_service = api_documents.both()
    changed = written_files.write(written_files.generated((admin, self_service)))
    changed += schema_files.write(schema_files.text(admin.document))
    print("\n".join(changed) or "Nothing has changed.")


main()
