from __future__ import annotations


class LocalError(Exception):
    """Why the local stack can't run, in words for the person who started it."""

    exit_code = 1


class UnusableError(LocalError):
    """What was asked for can't be had here: a port that is taken, a state directory in use."""

    exit_code = 2


class UnavailableError(LocalError):
    """A tool that this machine lacks and that can't be fetched."""
