"""Operators' tools. They work on a deployment, and need nothing of the local stack."""
