"""The APIs of a provider: where each is, with which key, and whether it is there."""
