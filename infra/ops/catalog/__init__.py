"""The catalog of well-known models and their list prices."""
