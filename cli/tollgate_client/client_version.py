"""The version, which is Tollgate's own: a test compares them, for the client doesn't import it."""

from typing import Final

VERSION: Final = "0.1.0"
