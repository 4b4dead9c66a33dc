"""Tollgate's domain, and the adapters that connect it to AWS."""

from typing import Final

# The one source: pyproject.toml, template.yaml and CHANGELOG.md repeat it, and a test compares them.
__version__: Final = "0.1.0"
