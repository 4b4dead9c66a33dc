"""Writes that the stored state refuses."""


class AlreadyExistsError(Exception):
    """A name that must be unique is taken."""


class EditConflictError(Exception):
    """Someone else changed it since it was read."""
