"""Configuration as code: apply, diff, export, and the schema of the files."""
