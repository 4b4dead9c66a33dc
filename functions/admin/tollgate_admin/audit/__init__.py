"""The route of the audit, and what is noted there."""
