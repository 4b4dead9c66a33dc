"""Stands between functions and the emulator: a function does what its role's policies allow, and no more."""
