"""The product's error tree.

Every message says what happened, with which value, and what to do next, in words a person
can act on. A message never holds what a file says about a patient.
"""

from typing import Any


class AnnotatorError(Exception):
    """Base of every error the product raises on purpose; its text is meant for people."""


class SettingsError(AnnotatorError):
    """A setting (environment variable or option) has a value that cannot be used."""


class RegionError(AnnotatorError):
    """A region's coordinates do not describe a region on an image."""


class IngestError(AnnotatorError):
    """A file cannot be taken in; nothing of it was stored."""


class StorageError(AnnotatorError):
    """The record could not be read or written; it is as it was before the call."""


class UnavailableError(StorageError):
    """The record or the disk does not take anything now: locked, full or out of reach.

    Nothing is wrong with what was to be written; trying again later may help.
    """


class ConflictError(StorageError):
    """Acts came too late: what they wanted to replace was replaced meanwhile.

    Attributes
    ----------
    conflicts : tuple of annotator.domain.Conflict
        Each act that was not recorded, with what counts now.
    """

    def __init__(self, message: str, conflicts: tuple[Any, ...]) -> None:
        super().__init__(message)
        self.conflicts = conflicts


class ProtocolError(AnnotatorError):
    """The project's protocol does not allow this now; nothing was recorded or shown."""


class NotAllowedError(AnnotatorError):
    """The person's roles do not allow this; nothing was recorded or shown."""


class SignInError(AnnotatorError):
    """Somebody could not be signed in, or their session has ended."""


class NotFoundError(AnnotatorError):
    """A project, image, label or model that was named does not exist."""


class SuggestError(AnnotatorError):
    """Suggestions could not be computed for an image."""


class ExportError(AnnotatorError):
    """A data set could not be written; no half-written folder is left behind."""


class JobStopped(Exception):  # noqa: N818 - like KeyboardInterrupt no error
    """Long work was asked to end: raised from its progress, and never to be taken for a fault.

    What was recorded before stays; called again, the work goes on with what is left.
    """
