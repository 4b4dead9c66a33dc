"""OTLP over HTTP: what is sent where, its messages as JSON, and requests that are tried again."""
