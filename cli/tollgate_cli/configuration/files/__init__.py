"""The files: strict YAML, the schema, and what they come to together."""
