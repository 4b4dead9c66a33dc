"""Writes that the stored state refuses."""


class NotFoundError(Exception):
    """What is to be read or changed isn't there."""


class AlreadyExistsError(Exception):
    """A name that must be unique is taken."""


class EditConflictError(Exception):
    """Someone else changed it since it was read."""
