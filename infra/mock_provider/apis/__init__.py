"""The APIs that the mock provider speaks."""
