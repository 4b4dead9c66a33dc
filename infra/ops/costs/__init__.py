"""The cost aggregates' housekeeping by hand."""

from __future__ import annotations

import sys

from infra.local.environment import ROOT

# The package comes to the functions as a layer, and is not installed here.
sys.path.append(str(ROOT / "shared"))
