"""The catalog: providers, and the models that they serve."""
