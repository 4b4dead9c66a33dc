"""The APIs that clients call: routes, model lists and errors."""
