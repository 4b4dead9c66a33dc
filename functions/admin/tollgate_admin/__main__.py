"""python -m tollgate_admin: prints the OpenAPI document."""

from __future__ import annotations

import json
import sys

from tollgate_admin.handler import app
from tollgate_admin.web import openapi

json.dump(openapi.document(app.routes), sys.stdout, indent=2)
sys.stdout.write("\n")
