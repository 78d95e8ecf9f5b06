"""The error tree of ``models``.

Every message says what happened, with which value, and what to do next.
"""


class ModelError(Exception):
    """Base of every error that ``models`` raises on purpose."""


class CardError(ModelError):
    """A model card is missing or wrong; the message lists all of its problems at once."""


class CheckpointError(ModelError):
    """A weights file is missing, damaged, not the one the card names, or not safe to read."""


class DownloadError(ModelError):
    """Weights could not be fetched; what had arrived is kept, and nothing unchecked is used."""


class UnsupportedLayerError(ModelError):
    """A network holds an operation that Excitation Backprop has no rule for.

    The message names the layer and the operation.
    """


class TargetError(ModelError):
    """A label that was asked for is not among the classifier's targets."""


class InputError(ModelError):
    """An image or a batch has a shape, a type or a range that the classifier cannot take."""
