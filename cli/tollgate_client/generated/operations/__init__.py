"""The operations, a module for each part of the paths."""
