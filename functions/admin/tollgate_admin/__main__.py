"""python -m tollgate_admin [client]: prints the OpenAPI document of the admin API, or of self-service."""

from __future__ import annotations

import argparse
import json
import sys

from tollgate_admin.documents import admin_document
from tollgate_admin.handler import app
from tollgate_admin.self_service import app as self_service
from tollgate_admin.self_service import client_document

parser = argparse.ArgumentParser(prog="python -m tollgate_admin", description=__doc__)
parser.add_argument("api", nargs="?", choices=("admin", "client"), default="admin")
chosen = parser.parse_args().api
routes = app.routes if chosen == "admin" else self_service.app.routes
document = admin_document.document if chosen == "admin" else client_document.document
json.dump(document(routes), sys.stdout, indent=2)
sys.stdout.write("\n")
