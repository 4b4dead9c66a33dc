"""Writes that the stored state refuses."""


class AlreadyExistsError(Exception):
    """A name that must be unique is taken."""


class ExternalIdTakenError(AlreadyExistsError):
    """Another key has the external id."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"API key {key_id} already has this external id.")
        self.key_id = key_id


class InUseError(Exception):
    """It can't be deleted, for something depends on it; the message says what."""


class EditConflictError(Exception):
    """Someone else changed it since it was read."""


class PackConflictError(Exception):
    """What a key's packs don't allow; the message says what."""
