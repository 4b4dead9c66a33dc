"""Types and operations, made by `python -m infra.client`: not to be edited."""
